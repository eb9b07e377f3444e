package data

import "fmt"

// Video is a set of bouncing clips, split by what bounces in them.
type Video struct {
	Train, Valid, Test Bouncing

	Variant Variant
	Real    bool   // MNIST digits, neither embedded ones nor sprites
	Origin  string // one line: where the objects came from, and why
	what    string
}

// BouncingDigits is clips of handwritten digits that bounce as b says, whose Objects are to be left empty: MNIST's, or embedded pen strokes where those cannot be had. The
// variant is [Grey] or [ThresholdBinary]. side is the digits' height and width in pixels, 28 or, by [Images.Blocks14], 14.
//
// Moving MNIST (Srivastava et al. 2015, https://arxiv.org/abs/1502.04681) is
//
//	data.BouncingDigits(data.Bouncing{Frames: 20, Height: 64, Width: 64, Each: 2, Smooth: true}, data.Grey, 28)
func BouncingDigits(b Bouncing, variant Variant, side int) (Video, error) {
	read := MNIST
	switch {
	case variant == ThresholdBinary:
		read = ThresholdMNIST
	case variant != Grey:
		return Video{}, fmt.Errorf("data: bouncing digits, %v: each pixel would flicker: use data.Grey or data.ThresholdBinary", variant)
	}
	if side != 28 && side != 14 {
		return Video{}, fmt.Errorf("data: bouncing digits of %d×%d: use 28 or 14", side, side)
	}
	digits, err := read()
	if err != nil {
		return Video{}, err
	}
	if side == 14 {
		digits = digits.At14()
	}
	v := Video{Variant: variant, Real: digits.Real, Origin: digits.Origin, what: fmt.Sprintf("MNIST digits of %d×%d", side, side)}
	if !v.Real {
		v.what = fmt.Sprintf("pen-stroke digits of %d×%d", side, side)
	}
	return v.split(b, digits.Train, digits.Valid, digits.Test)
}

// BouncingSprites is clips of sprites that bounce as b says, whose Objects are to be left empty: eight embedded shapes of 5×5, binary. The splits share
// the shapes and differ in their motions only, so that nothing but [Bouncing.Floor] is left to learn.
func BouncingSprites(b Bouncing) (Video, error) {
	all := sprites()
	v := Video{Variant: ThresholdBinary, Origin: "embedded sprites", what: "sprites of 5×5"}
	return v.split(b, all, all, all)
}

// split gives each part its objects and seed.
func (v Video) split(b Bouncing, train, valid, test Images) (Video, error) {
	if b.Objects.N > 0 {
		return Video{}, fmt.Errorf("data: bouncing %s: there are objects already: make the clips from Bouncing itself", v.what)
	}
	b = b.withDefaults()
	for i, part := range []*Bouncing{&v.Train, &v.Valid, &v.Test} {
		*part = b
		part.Objects = []Images{train, valid, test}[i].inked()
		part.Seed = int64(random(b.Seed, forClips, -1-i).Uint64() >> 1)
		if err := part.Check(); err != nil {
			return Video{}, err
		}
	}
	return v, nil
}

// inked leaves out blank images: a digit may be too faint for its variant.
func (m Images) inked() Images {
	var keep []int
	for i := range m.N {
		if !black(m.At(i)) {
			keep = append(keep, i)
		}
	}
	if len(keep) == m.N {
		return m
	}
	return m.Take(keep)
}

// Title names the data for a table heading: two results belong side by side only if their titles agree.
func (v Video) Title() string {
	b := v.Train
	title := v.what
	if b.Each > 1 {
		title = fmt.Sprintf("%d %s", b.Each, title)
	}
	motion := fmt.Sprintf("speed %d", b.Speed)
	if b.Smooth {
		motion = "smooth"
	} else if b.Kick {
		motion += " with kicks"
	}
	if b.Tight {
		motion += ", tight walls"
	}
	return fmt.Sprintf("bouncing %s, %v, %d frames of %d×%d, %s", title, v.Variant, b.Frames, b.Height, b.Width, motion)
}

// String is the line that a notebook prints: what it is, and where from.
func (v Video) String() string { return v.Title() + "; " + v.Origin }

// sprites are eight shapes, each as wide and high as its picture, no two alike.
func sprites() Images {
	const shapes = "" +
		"..#.. .###. ##### #...# ####. ..### #.... #####" +
		"..#.. #...# ...#. .#.#. #...# .#... ##... #...#" +
		"##### #...# ..#.. ..#.. ####. ##### ###.. #.#.#" +
		"..#.. #...# .#... .#.#. #...# ...#. ####. #...#" +
		"..#.. .###. ##### #...# ####. ###.. ##### #####"
	const n, side = 8, 5
	m := Images{N: n, H: side, W: side, C: 1, Levels: 2, Pix: make([]uint8, n*side*side), Labels: make([]uint8, n)}
	for i := range n {
		m.Labels[i] = uint8(i)
		for r := range side {
			for k := range side {
				if shapes[r*(n*(side+1)-1)+i*(side+1)+k] == '#' {
					m.At(i)[r*side+k] = 1
				}
			}
		}
	}
	return m
}

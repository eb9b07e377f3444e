package data

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
)

// Bouncing makes video clips of objects that move straight on and bounce off the walls. Objects are drawn with equal chance, as are the places where they
// start and their velocities: along each axis ±1 … ±Speed pixels a frame. Where objects overlap, the brighter pixel is seen.
//
// All that is random in such a clip is known, and [Bouncing.Floor] is its entropy.
type Bouncing struct {
	Objects       Images // what bounces, one channel
	Frames        int    // T [8]
	Height, Width int    // pixels of a frame [16]
	Each          int    // objects in a clip [1]
	Speed         int    // the fastest motion along an axis, pixels a frame [2]
	Tight         bool   // walls touch an object's ink; otherwise its picture with the margin
	Kick          bool   // each bounce goes on at a speed drawn anew, which no model can foresee
	Smooth        bool   // any direction, a tenth of the room a frame, whatever Speed says: the motion of Srivastava et al. 2015
	Seed          int64  // clip i depends on the seed and i only
}

func (b Bouncing) withDefaults() Bouncing {
	b.Frames, b.Height, b.Width = cmp.Or(b.Frames, 8), cmp.Or(b.Height, 16), cmp.Or(b.Width, 16)
	b.Each, b.Speed = cmp.Or(b.Each, 1), cmp.Or(b.Speed, 2)
	return b
}

// Check says what is wrong with the clips, if anything.
func (b Bouncing) Check() error {
	b = b.withDefaults()
	if err := b.numbers(); err != nil {
		return err
	}
	for i := range b.Objects.N {
		if v := slices.Max(b.Objects.At(i)); int(v) >= b.Objects.Levels {
			return fmt.Errorf("%s: a pixel of object %d is %d: there are %d levels", b.what(), i, v, b.Objects.Levels)
		}
		if err := b.fits(i); err != nil {
			return err
		}
	}
	return nil
}

func (b Bouncing) what() string {
	return fmt.Sprintf("data: bouncing clips of %d frames of %d×%d", b.Frames, b.Height, b.Width)
}

func (b Bouncing) numbers() error {
	switch m := b.Objects; {
	case b.Frames < 1 || b.Height < 1 || b.Width < 1:
		return fmt.Errorf("%s: all three must be at least 1", b.what())
	case b.Each < 1 || b.Speed < 1:
		return fmt.Errorf("%s: %d objects in a clip, speed %d: both must be at least 1", b.what(), b.Each, b.Speed)
	case m.N < 1 || m.C != 1 || m.size() < 1 || m.Bernoulli || len(m.Pix) != m.N*m.size():
		return fmt.Errorf("%s: %d objects of %d×%d×%d: give one or more, of one channel, with pixels that are drawn already", b.what(), m.N, m.H, m.W, m.C)
	}
	return nil
}

// fits says why an object cannot bounce, if so.
func (b Bouncing) fits(object int) error {
	if black(b.Objects.At(object)) {
		return fmt.Errorf("%s: object %d has no ink: leave it out", b.what(), object)
	}
	least := b.Speed
	if b.Smooth {
		least = 1
	}
	if box := b.box(object); b.Height-box.h < least || b.Width-box.w < least {
		return fmt.Errorf("%s: object %d is %d×%d: it needs room to move %d pixels: make the frames larger", b.what(), object, box.h, box.w, least)
	}
	return nil
}

// box is the part of an object's picture that the walls touch.
type box struct{ top, left, h, w int }

func (b Bouncing) box(object int) box {
	m := b.Objects
	if !b.Tight {
		return box{0, 0, m.H, m.W}
	}
	top, left, bottom, right := m.H, m.W, 0, 0
	for k, v := range m.At(object) {
		if v > 0 {
			top, left, bottom, right = min(top, k/m.W), min(left, k%m.W), max(bottom, k/m.W+1), max(right, k%m.W+1)
		}
	}
	return box{top, left, bottom - top, right - left}
}

// Clips makes clips from, from+1, … from+n−1. It fails where [Bouncing.Check] does.
func (b Bouncing) Clips(from, n int) (Clips, error) {
	b = b.withDefaults()
	if err := b.numbers(); err != nil {
		return Clips{}, err
	}
	if from < 0 || n < 0 {
		return Clips{}, fmt.Errorf("data: making %d bouncing clips from number %d on: neither may be negative", n, from)
	}
	clips := Clips{N: n, T: b.Frames, H: b.Height, W: b.Width, Levels: b.Objects.Levels}
	clips.Pix = make([]uint8, n*clips.size())
	for i := range n {
		rng := random(b.Seed, forClips, from+i)
		for range b.Each {
			object := rng.IntN(b.Objects.N)
			if err := b.fits(object); err != nil {
				return Clips{}, err
			}
			track := b.track(rng, object)
			b.paint(track, clips.At(i))
			clips.Tracks = append(clips.Tracks, track)
		}
	}
	return clips, nil
}

// Batch is the clips of a training step, never the same ones twice: float32 [size,T,H,W,1] in [0,1]. It panics where [Bouncing.Check] gives an error.
func (b Bouncing) Batch(step, size int) *tensors.Tensor {
	clips, err := b.Clips(step*size, size)
	if err != nil {
		panic(err)
	}
	return clips.Tensor()
}

const forClips = 101 // the random stream of clips, see [random]

// Track is the truth about one object of a clip.
type Track struct {
	Object   int   // which of the objects it is
	Label    uint8 // its class, if the objects have classes
	Row, Col []int // [T] the pixel of the frame where the upper left corner of the object's box is
}

func (b Bouncing) track(rng *rand.Rand, object int) Track {
	t := Track{Object: object}
	if b.Objects.Labels != nil {
		t.Label = b.Objects.Labels[object]
	}
	box := b.box(object)
	rows, cols := b.Height-box.h, b.Width-box.w
	if b.Smooth {
		sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
		t.Row, t.Col = b.glide(rng, sin, rows), b.glide(rng, cos, cols)
	} else {
		t.Row, t.Col = b.walk(rng, rows), b.walk(rng, cols)
	}
	return t
}

// walk is T whole positions along an axis, from 0 to last.
func (b Bouncing) walk(rng *rand.Rand, last int) []int {
	at, v := rng.IntN(last+1), 1+rng.IntN(b.Speed)
	if rng.IntN(2) == 0 {
		v = -v
	}
	path := make([]int, b.Frames)
	for t := range path {
		path[t] = at
		hit := false
		if at, v, hit = bounce(at, v, last); hit && b.Kick {
			v = v / max(v, -v) * (1 + rng.IntN(b.Speed))
		}
	}
	return path
}

// bounce moves on by v between the walls at 0 and last, and says whether it was thrown back. |v| must not exceed last.
func bounce(at, v, last int) (int, int, bool) {
	switch next := at + v; {
	case next < 0:
		return -next, -v, true
	case next > last:
		return 2*last - next, -v, true
	default:
		return next, v, false
	}
}

// glide is T positions along an axis at a speed of v tenths of it a frame, rounded down.
func (b Bouncing) glide(rng *rand.Rand, v float64, last int) []int {
	at, path := rng.Float64(), make([]int, b.Frames)
	for t := range path {
		if at += v / 10; at <= 0 || at >= 1 {
			at, v = min(max(at, 0), 1), -v
		}
		path[t] = int(at * float64(last))
	}
	return path
}

// paint lays an object into the frames of a clip, [T,H,W].
func (b Bouncing) paint(track Track, clip []uint8) {
	picture, box := b.Objects.At(track.Object), b.box(track.Object)
	for t := range b.Frames {
		frame := clip[t*b.Height*b.Width:]
		for r := range box.h {
			from := picture[(box.top+r)*b.Objects.W+box.left:][:box.w]
			into := frame[(track.Row[t]+r)*b.Width+track.Col[t]:][:box.w]
			for k, v := range from {
				into[k] = max(into[k], v)
			}
		}
	}
}

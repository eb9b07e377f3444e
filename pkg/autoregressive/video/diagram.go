package video

import (
	"fmt"
	"image"
	"image/color"
	"strings"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/show"
)

// Parameters is how many weights the network's parts have: what looks at the frames, what remembers them, and what writes the next.
func (c Config) Parameters() (encoder, state, decoder int) {
	c = c.withDefaults()
	n := c.Channels
	affine := func(in, out int) int { return (in + 1) * out }
	block := func(taps int) int { return affine(2*n, n) + 2*affine(taps*n, 4*n) + affine(n, 2*n) }
	encoder = affine(9, 2*n) + affine(2, 2*n) + len(c.Dilations)*block(9) + affine(2*n, 8*n)
	state = 9 * 2 * n * 8 * n
	first, later := c.masks()
	taps := len(later)
	if c.Independent {
		taps = 9
	} else {
		decoder = affine(len(first), 4*n)
	}
	decoder += affine(2*n, n) + affine(2*n, 4*n) + affine(2, 4*n) + affine(taps*n, 4*n) + affine(n, 2*n) // the first block
	decoder += (c.Layers-1)*block(taps) + affine(2*n, 2*n) + affine(2*n, 1)
	return encoder, state, decoder
}

// Diagram draws the network at the moment when it writes the third frame of a clip, half done. Sizes are those of the clip.
func (c Config) Diagram(clip data.Clips) (show.Figure, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := clip.Check(); err != nil {
		return nil, fmt.Errorf("video: drawing the network: %w", err)
	}
	if clip.N < 1 || clip.T < 3 {
		return nil, fmt.Errorf("video: drawing the network with %d clips of %d frames: give a clip of three frames", clip.N, clip.T)
	}
	const t = 2 // the frame that is written
	frames := clip.Range(0, 1).Pictures()
	h, w, n := clip.H, clip.W, c.Channels
	half := halfDrawn(frames[t], clip.At(0)[t*h*w:][:h*w])
	dilations := strings.ReplaceAll(strings.Trim(fmt.Sprint(c.Dilations), "[]"), " ", ", ")
	encoder := fmt.Sprintf("3×3, then %s of dilation %s\n%d×%d×%d", plural(len(c.Dilations), "block"), dilations, h, w, 2*n)
	lstm := fmt.Sprintf("3×3 over its state\n%d×%d×%d", h, w, 2*n)
	decoder := fmt.Sprintf("%s, masked\n%d×%d×%d", plural(c.Layers, "block"), h, w, 2*n)
	sees := show.Arrow{From: "x2", To: "d2", Text: fmt.Sprintf("mask A, %d×%d", c.First, c.First), Dashed: true}
	title, predicts := "Video Pixel Network", "p(x_{t,i} | x_{<t}, x_{t,<i})"
	rule := "In the decoder's first unit the frame reaches the gates and u, through mask A, and never h, which is carried past the mask. "
	if c.Independent {
		decoder = strings.Replace(decoder, "masked", "not masked", 1)
		title, predicts, rule = "The baseline", "p(x_{t,i} | x_{<t})", ""
	}
	const frame, look, remember, out = 3.0, 2.0, 1.0, 0.0 // rows
	const side = 3.35                                     // column of the block
	d := show.Diagram{
		Title: fmt.Sprintf("%s for frames of %d×%d, c = %d", title, h, w, n),
		Boxes: []show.Box{
			{Name: "x0", Title: "x_{t−2}", Picture: frames[t-2], Col: 0, Row: frame, Form: show.Bare},
			{Name: "x1", Title: "x_{t−1}", Picture: frames[t-1], Col: 1, Row: frame, Form: show.Bare},
			{Name: "e0", Title: "encoder", Text: encoder, Col: 0, Row: look, Wide: 1},
			{Name: "e1", Title: "encoder", Text: encoder, Col: 1, Row: look, Wide: 1},
			{Name: "l0", Title: "LSTM", Text: lstm, Col: 0, Row: remember, Wide: 1, Hue: 1},
			{Name: "l1", Title: "LSTM", Text: lstm, Col: 1, Row: remember, Wide: 1, Hue: 1},
			{Name: "d2", Title: "decoder", Text: decoder, Col: 2, Row: remember, Wide: 1, Hue: 2},
			{Name: "p", Title: predicts, Col: 2, Row: out, Form: show.Bare},

			{Name: "in", Text: fmt.Sprintf("%d features", 2*n), Col: side, Row: frame, Form: show.Bare},
			{Name: "down", Text: fmt.Sprintf("1×1, %d → %d", 2*n, n), Col: side, Row: 2.4, Wide: 0.9, Hue: 4},
			{Name: "MU", Title: "MU", Text: fmt.Sprintf("3×3, %d → 4·%d", n, n), Col: side, Row: 1.8, Wide: 0.9, Hue: 3},
			{Name: "MU2", Title: "MU", Text: fmt.Sprintf("3×3, %d → 4·%d", n, n), Col: side, Row: 1.2, Wide: 0.9, Hue: 3},
			{Name: "up", Text: fmt.Sprintf("1×1, %d → %d", n, 2*n), Col: side, Row: 0.6, Wide: 0.9, Hue: 4},
			{Name: "+", Title: "+", Col: side, Row: out, Form: show.Bare},
			{Title: "a block", Col: side - 0.05, Row: -0.4, Form: show.Bare},
		},
		Arrows: []show.Arrow{
			{From: "x0", To: "e0"},
			{From: "x1", To: "e1"},
			{From: "e0", To: "l0"},
			{From: "e1", To: "l1"},
			{From: "l0", To: "l1"},
			{From: "l1", To: "d2"},
			{From: "d2", To: "p"},
			{From: "in", To: "down"},
			{From: "down", To: "MU"},
			{From: "MU", To: "MU2"},
			{From: "MU2", To: "up"},
			{From: "up", To: "+"},
			{From: "in", To: "+", Via: [][2]float64{{2.78, frame}, {2.78, out}}},
		},
	}
	if !c.Independent {
		d.Boxes = append(d.Boxes, show.Box{Name: "x2", Title: "x_t, so far", Picture: half, Col: 2, Row: frame, Form: show.Bare})
		d.Arrows = append(d.Arrows, sees)
	}
	e, s, o := c.Parameters()
	d.Note = fmt.Sprintf("MU(h) = g_1·tanh(g_2·h + g_3·u); the gates g are σ(W*h), and u = tanh(W_4*h). %sWeights: encoder %d, LSTM's state %d, decoder %d.", rule, e, s, o)
	return d, nil
}

// halfDrawn is a frame while it is written: as far as half of its ink, blue from there on.
func halfDrawn(frame image.Image, levels []uint8) image.Image {
	size, all, ink := frame.Bounds().Size(), 0, 0
	for _, v := range levels {
		all += int(v)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	for i, v := range levels {
		pixel := frame.At(i%size.X, i/size.X)
		if 2*ink > all || all == 0 {
			pixel = color.RGBA{0xc9, 0xdd, 0xec, 0xff}
		}
		ink += int(v)
		out.Set(i%size.X, i/size.X, pixel)
	}
	return out
}

func plural(n int, what string) string {
	if n == 1 {
		return "a " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

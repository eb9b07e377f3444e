package coding

import (
	"bytes"
	"fmt"

	"github.com/curious-go/curious/pkg/data"
)

// shape is that of images, and their levels.
type shape struct{ height, width, channels, levels int }

func shapeOf(images data.Images) shape { return shape{images.H, images.W, images.C, images.Levels} }

func (s shape) size() int { return s.height * s.width * s.channels }

func (s shape) String() string {
	return fmt.Sprintf("%d×%d×%d, %d levels", s.height, s.width, s.channels, s.levels)
}

func (s shape) check() error {
	const most = 1 << 15 // so that the size is no overflow
	switch {
	case s.height < 1 || s.width < 1 || s.channels < 1 || s.height > most || s.width > most || s.channels > most || s.size() > maxSymbols:
		return fmt.Errorf("images of %v: sides must be 1 to %d, and an image at most %d symbols", s, most, maxSymbols)
	case s.levels < 2 || s.levels > MaxLevels:
		return fmt.Errorf("images of %v: levels must be 2 to %d", s, MaxLevels)
	}
	return nil
}

// checkImages says whether these are images of this shape.
func (s shape) checkImages(images data.Images) error {
	given := shapeOf(images)
	switch {
	case images.Bernoulli:
		return fmt.Errorf("the pixels are chances, not values: draw them once with Drawn(seed)")
	case given != s:
		return fmt.Errorf("images of %v, and the model codes %v: give images like those it was trained on", given, s)
	case images.N < 1 || images.N > maxSymbols/s.size():
		return fmt.Errorf("%d images: give 1 to %d of this size", images.N, maxSymbols/s.size())
	case len(images.Pix) != images.N*s.size():
		return fmt.Errorf("%d values for %d images of %v: use images as package data makes them", len(images.Pix), images.N, s)
	}
	for i, v := range images.Pix {
		if int(v) >= s.levels {
			return fmt.Errorf("image %d holds the value %d: of %d levels, values are 0 to %d", i/s.size(), v, s.levels, s.levels-1)
		}
	}
	return nil
}

// codec is what encoder and decoder share.
type codec struct {
	shape
	model       Conditionals
	fingerprint [32]byte
	order       []int // the place in [H,W,C] of the t-th symbol
	batch       int
}

// newCodec asks the model what it is, and believes nothing.
func newCodec(m Conditionals) (*codec, error) {
	c := &codec{model: m}
	c.height, c.width, c.channels, c.levels = m.Size()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("the model codes %w", err)
	}
	var err error
	if c.fingerprint, err = m.Fingerprint(); err != nil {
		return nil, fmt.Errorf("fingerprint of the model: %w", err)
	}
	seen := make([]bool, c.size())
	if ordered, ok := m.(Ordered); ok {
		c.order = ordered.Order()
	} else {
		for t := range seen {
			c.order = append(c.order, t)
		}
	}
	if len(c.order) != len(seen) {
		return nil, fmt.Errorf("the model's order has %d places of %d: it must be a permutation of them", len(c.order), len(seen))
	}
	for _, place := range c.order {
		if place < 0 || place >= len(seen) || seen[place] {
			return nil, fmt.Errorf("the model's order has place %d twice, or beyond 0 to %d: it must be a permutation of them", place, len(seen)-1)
		}
		seen[place] = true
	}
	return c, nil
}

// walk is encoder and decoder: it goes through the symbols of a batch, its first n images real and the others filling, in the one order in which both can.
// visit is told the image of the batch, the symbol's place in it and its distribution, and says which symbol it is.
func (c *codec) walk(from, n int, visit func(i, place int, logits []float32, f Frequencies) (uint8, error)) error {
	if err := c.model.Start(from, c.batch); err != nil {
		return fmt.Errorf("starting the model on images %d to %d: %w", from, from+n-1, err)
	}
	var f Frequencies
	symbols := make([]uint8, c.batch)
	var previous []uint8
	for t, place := range c.order {
		logits, err := c.model.Next(previous)
		if err != nil {
			return fmt.Errorf("symbol %d of images %d to %d: %w", t, from, from+n-1, err)
		}
		if len(logits) != c.batch*c.levels {
			return fmt.Errorf("symbol %d: the model gave %d logits, not [B,K] = [%d,%d]", t, len(logits), c.batch, c.levels)
		}
		for i := range n {
			row := logits[i*c.levels : (i+1)*c.levels]
			if f, err = quantise(f, row); err != nil {
				return fmt.Errorf("symbol %d of image %d: %w", t, from+i, err)
			}
			if symbols[i], err = visit(i, place, row, f); err != nil {
				return err
			}
		}
		previous = symbols
	}
	return nil
}

// header is that of a file of these images; its stack is still unknown.
func (c *codec) header(images data.Images) header {
	h := header{
		Levels: uint16(c.levels), Images: uint32(images.N), Height: uint32(c.height), Width: uint32(c.width), Channels: uint16(c.channels),
		Batch: uint16(c.batch), Model: c.fingerprint, Pixels: checksum(images.Pix),
	}
	copy(h.Engine[:], c.engine())
	return h
}

func (c *codec) engine() string {
	if placed, ok := c.model.(Placed); ok {
		name := placed.Engine()
		return name[:min(len(name), len(header{}.Engine))]
	}
	return ""
}

// astray is the error of a decoder that has lost its way in a file that is whole, with the right model.
func (c *codec) astray(h header) error {
	there, here := string(bytes.TrimRight(h.Engine[:], "\x00")), c.engine()
	if there == "" || here == "" || there == here {
		return fmt.Errorf("the pixels' checksum is wrong: this model has the right fingerprint, but its probabilities differ in the last bits from those of the encoder: decode on the machine that encoded")
	}
	return fmt.Errorf("the pixels' checksum is wrong: this model has the right fingerprint, but it computes on %q, and the file was coded on %q, which rounds otherwise: decode on %q", here, there, there)
}

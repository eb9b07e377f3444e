package pixelrnn

import "github.com/curious-go/curious/pkg/autoregressive/pixelcnn"

// Parameters is how many weights the net has. Those that a mask of colours shuts are counted too.
func (c Config) Parameters() int {
	c = c.withDefaults()
	h, inputs := c.Channels, len(c.window())*c.Colours
	if c.Colours == 1 {
		inputs--
	}
	n := affine(inputs, 2*h) + affine(2, 2*h) + affine(2*h, c.Head)
	if c.Levels == 2 {
		n += affine(c.Head, c.Colours)
	} else {
		n += affine(c.Head, c.Colours*c.Levels)
	}
	for i := range c.Layers {
		n += affine(h, 2*h)
		if c.Cell == RowLSTM {
			n += affine(len(c.left())*2*h, 4*h) + c.Kernel*h*4*h + told(c.Told, 4*h)
			continue
		}
		n += 2*(affine(2*h, 4*h)+2*h*4*h) + told(c.Told, 4*h)
		if i == 0 {
			n += told(c.Told+c.Colours, 4*h)
		} else {
			n += told(c.Told, 4*h)
		}
	}
	return n
}

// Parameters is how many weights both nets have, and what tells the larger one of the smaller.
func (m MultiScale) Parameters() int {
	m = m.withDefaults()
	around := 5 * 5
	return m.Small.Parameters() + m.Large.Parameters() + affine(around*(m.Large.Colours+1), m.Large.Told) + affine(around*m.Large.Told, m.Large.Told)
}

// plainParameters is how many weights the plain PixelCNN has.
func plainParameters(p pixelcnn.Plain) int {
	h := p.Channels
	before := func(k int) int { return (k*k - 1) / 2 }
	return affine(before(p.First), 2*h) + affine(2, 2*h) + p.Layers*(affine(2*h, h)+affine((before(p.Kernel)+1)*h, h)+affine(h, 2*h)) + affine(2*h, h) + affine(h, 1)
}

func affine(in, out int) int { return (in + 1) * out }

func told(in, out int) int {
	if in == 0 {
		return 0
	}
	return affine(in, out)
}

// nearest is the multiple of step for which count comes nearest to want. More must count more.
func nearest(want, step int, count func(n int) int) int {
	n := step
	for count(n) < want {
		n += step
	}
	if n > step && want-count(n-step) < count(n)-want {
		n -= step
	}
	return n
}

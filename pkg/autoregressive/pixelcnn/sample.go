package pixelcnn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Drawing says what to draw.
type Drawing struct {
	Seed    int64
	Classes []int32   // one an image, for a model with classes
	Given   []float32 // [B,H,W] pixels that stay as they are, 0 or 1; others are −1; nil leaves all free
	Naive   bool      // a full pass for each pixel: the same images, and the reason for caches
}

// Drawn is what [Draw] returns, row-major [B,H,W].
type Drawn struct {
	Pixels []float32 // 0 or 1
	Logits []float32 // of each pixel at the moment when it was drawn
}

// Draw samples images from the model whose weights are in the store, pixel after pixel in raster order.
// The random numbers come from the seed, on the host: they are the same on every engine.
func Draw(backend compute.Backend, store *model.Store, net Net, height, width, images int, d Drawing) (Drawn, error) {
	size := images * height * width
	switch {
	case images < 1:
		return Drawn{}, fmt.Errorf("pixelcnn: drawing %d images: ask for one at least", images)
	case d.Given != nil && len(d.Given) != size:
		return Drawn{}, fmt.Errorf("pixelcnn: drawing: %d given pixels for %d images of %d×%d: give %d", len(d.Given), images, height, width, size)
	case d.Classes != nil && len(d.Classes) != images:
		return Drawn{}, fmt.Errorf("pixelcnn: drawing: %d classes for %d images: give one each", len(d.Classes), images)
	}
	canvas := &canvas{backend: backend, store: store, height: height, width: width, batch: images, drawing: d}
	canvas.Drawn = Drawn{make([]float32, size), make([]float32, size)}
	canvas.random = rand.New(rand.NewPCG(uint64(d.Seed), 0x5eed))
	if d.Classes != nil {
		canvas.classes = tensors.FromFlatDataAndDimensions(d.Classes, images)
	}
	var err error
	if d.Naive {
		err = canvas.drawNaively(net)
	} else {
		err = canvas.drawIncrementally(net)
	}
	if err != nil {
		return Drawn{}, fmt.Errorf("pixelcnn: drawing: %w", err)
	}
	return canvas.Drawn, nil
}

// canvas holds the images while they are drawn.
type canvas struct {
	backend              compute.Backend
	store                *model.Store
	height, width, batch int
	drawing              Drawing
	classes              *tensors.Tensor // [B], or nil
	random               *rand.Rand
	Drawn
}

// choose fixes pixel (row, col) of every image: the given value, or 1 with probability σ(logit).
func (c *canvas) choose(row, col int, logits []float32) {
	for b := range c.batch {
		i := (b*c.height+row)*c.width + col
		u := c.random.Float64() // drawn also where a pixel is given, so that the others do not depend on what is given
		c.Logits[i] = logits[b]
		switch {
		case c.drawing.Given != nil && c.drawing.Given[i] >= 0:
			c.Pixels[i] = c.drawing.Given[i]
		case u < sigmoid(float64(logits[b])):
			c.Pixels[i] = 1
		}
	}
}

func (c *canvas) classed(inputs ...any) []any {
	if c.classes != nil {
		inputs = append(inputs, c.classes)
	}
	return inputs
}

// splitClasses takes the classes, if there are any, off the end of a program's inputs.
func (c *canvas) splitClasses(inputs []*Node) (rest []*Node, y *Node) {
	if c.classes == nil {
		return inputs, nil
	}
	return inputs[:len(inputs)-1], inputs[len(inputs)-1]
}

// drawNaively runs the whole network for each pixel.
func (c *canvas) drawNaively(net Net) error {
	exec, err := model.NewExec(c.backend, c.store, func(scope *model.Scope, inputs []*Node) []*Node {
		x, y := c.splitClasses(inputs)
		return []*Node{net.Logits(scope, x[0], y)}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	column := make([]float32, c.batch)
	for row := range c.height {
		for col := range c.width {
			x := tensors.FromFlatDataAndDimensions(c.Pixels, c.batch, c.height, c.width, 1)
			outputs, err := exec.Call(c.classed(x)...)
			if err != nil {
				return err
			}
			tensors.MustConstFlatData(outputs[0], func(logits []float32) {
				for b := range column {
					column[b] = logits[(b*c.height+row)*c.width+col]
				}
			})
			free(append(outputs, x))
			c.choose(row, col, column)
		}
	}
	return nil
}

// drawIncrementally steps through the pixels, and hands each one that was drawn to the next step.
func (c *canvas) drawIncrementally(net Net) error {
	stepper, err := NewStepper(c.backend, c.store, net, c.height, c.width, c.batch, c.drawing.Classes)
	if err != nil {
		return err
	}
	defer stepper.Close()
	var drawn []float32
	for row := range c.height {
		for col := range c.width {
			logits, err := stepper.Next(drawn)
			if err != nil {
				return err
			}
			c.choose(row, col, logits)
			drawn = drawn[:0]
			for b := range c.batch {
				drawn = append(drawn, c.Pixels[(b*c.height+row)*c.width+col])
			}
		}
	}
	return nil
}

// withSize fills in a model's defaults and the size of the images.
func withSize(net Net, height, width int) Net {
	switch c := net.(type) {
	case Gated:
		c.Height, c.Width = height, width
		return c.withDefaults()
	case Plain:
		c.Height, c.Width = height, width
		return c.withDefaults()
	}
	return net
}

func zeros(list []shapes.Shape) []*tensors.Tensor {
	out := make([]*tensors.Tensor, len(list))
	for i, shape := range list {
		out[i] = tensors.FromShape(shape)
	}
	return out
}

func anys(list []*tensors.Tensor) []any {
	out := make([]any, len(list))
	for i, t := range list {
		out[i] = t
	}
	return out
}

func free(list []*tensors.Tensor) {
	for _, t := range list {
		t.FinalizeAll()
	}
}

func sigmoid(l float64) float64 { return 1 / (1 + math.Exp(-l)) }

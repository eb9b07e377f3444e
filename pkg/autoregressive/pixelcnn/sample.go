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
	Map     []float32 // [B,H,W,F] what is where, for a model with a map: see [Near]
	Given   []float32 // [B,H,W,C] values that stay as they are, in [0,1]; others are −1; nil leaves all free
	Naive   bool      // a full pass for each value: the same images, and the reason for caches
}

// Drawn is what [Draw] and [DrawColour] return.
type Drawn struct {
	Pixels []float32 // [B,H,W,C] in [0,1]
	Logits []float32 // [B,H,W] of each pixel of a binary model at the moment when it was drawn
	Nats   []float64 // [B] −log p of each image
}

// Draw samples images from the binary model whose weights are in the store, pixel after pixel in raster order: [B,H,W] of 0 and 1.
// The random numbers come from the seed, on the host: they are the same on every engine.
func Draw(backend compute.Backend, store *model.Store, net Net, height, width, images int, d Drawing) (Drawn, error) {
	m, _ := withSize(net, height, width).(incremental)
	c := &canvas{backend: backend, store: store, height: height, width: width, colours: 1, levels: 2, batch: images, drawing: d}
	return c.draw(m, func(scope *model.Scope, x, y, _, t *Node) *Node {
		return pick(Reshape(net.Logits(scope, x, y), images, -1, 1), t, height*width)
	})
}

// full is the logits of the value number t, [B,1] or [B,K], by a pass through the whole network: x [B,H,W,C], y [B] or nil, s [B,H,W,F] or nil, t a scalar.
type full func(scope *model.Scope, x, y, s, t *Node) *Node

// canvas holds the images while they are drawn.
type canvas struct {
	backend                compute.Backend
	store                  *model.Store
	height, width, colours int
	levels, batch          int
	drawing                Drawing
	random                 *rand.Rand
	Drawn
}

func (c *canvas) size() int { return c.height * c.width * c.colours }

func (c *canvas) draw(m incremental, f full) (Drawn, error) {
	if err := c.fill(m, f); err != nil {
		return Drawn{}, fmt.Errorf("pixelcnn: drawing: %w", err)
	}
	return c.Drawn, nil
}

func (c *canvas) fill(m incremental, f full) error {
	told := Told{c.drawing.Classes, c.drawing.Map}
	if m == nil {
		return fmt.Errorf("the model cannot be run pixel by pixel: use Gated or Plain")
	}
	if err := told.check(m, c.batch, c.height, c.width); err != nil {
		return err
	}
	if given := c.drawing.Given; given != nil && len(given) != c.batch*c.size() {
		return fmt.Errorf("%d given values for %d images of %d×%d×%d: give %d", len(given), c.batch, c.height, c.width, c.colours, c.batch*c.size())
	}
	c.Pixels, c.Nats = make([]float32, c.batch*c.size()), make([]float64, c.batch)
	c.random = rand.New(rand.NewPCG(uint64(c.drawing.Seed), 0x5eed))
	if c.drawing.Naive {
		return c.drawNaively(m, f, told)
	}
	return c.drawIncrementally(m, told)
}

// choose fixes the t-th value of every image: the given one, or one drawn from its distribution.
func (c *canvas) choose(t int, logits []float32) {
	each := len(logits) / c.batch
	if each == 1 && c.Logits == nil {
		c.Logits = make([]float32, len(c.Pixels))
	}
	for b := range c.batch {
		i := b*c.size() + t
		u := c.random.Float64() // drawn also where a value is given, so that the others do not depend on what is given
		given := -1
		if c.drawing.Given != nil && c.drawing.Given[i] >= 0 {
			given = int(math.Round(float64(c.drawing.Given[i]) * float64(c.levels-1)))
		}
		var level int
		var nats float64
		if each == 1 {
			c.Logits[i] = logits[b]
			level, nats = chooseBit(float64(logits[b]), u, given)
		} else {
			level, nats = chooseLevel(logits[b*each:(b+1)*each], u, given)
		}
		c.Pixels[i] = float32(level) / float32(c.levels-1)
		c.Nats[b] += nats
	}
}

// chooseBit is 1 with probability σ(logit), or what is given unless that is negative, and its −log p in nats. Chance is what u says, from 0 to 1.
func chooseBit(logit, u float64, given int) (bit int, nats float64) {
	switch {
	case given >= 0:
		bit = given
	case u < 1/(1+math.Exp(-logit)):
		bit = 1
	}
	if bit == 1 {
		logit = -logit
	}
	return bit, max(logit, 0) + math.Log1p(math.Exp(-math.Abs(logit)))
}

// chooseLevel is the same for the softmax of several logits.
func chooseLevel(logits []float32, u float64, given int) (level int, nats float64) {
	top := float64(logits[0])
	for _, l := range logits {
		top = max(top, float64(l))
	}
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l) - top)
	}
	level = given
	if given < 0 {
		left := u * sum
		for level = 0; level < len(logits)-1; level++ {
			if left -= math.Exp(float64(logits[level]) - top); left < 0 {
				break
			}
		}
	}
	return level, math.Log(sum) - (float64(logits[level]) - top)
}

// drawNaively runs the whole network for each value.
func (c *canvas) drawNaively(m incremental, f full, told Told) error {
	exec, err := model.NewExec(c.backend, c.store, func(scope *model.Scope, inputs []*Node) []*Node {
		in, y, s := splitTold(m, inputs)
		return []*Node{f(scope, in[0], y, s, in[1])}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	for t := range c.size() {
		inputs := []any{tensors.FromFlatDataAndDimensions(c.Pixels, c.batch, c.height, c.width, c.colours), int32(t)}
		inputs = append(inputs, told.inputs(m, c.height, c.width)...)
		outputs, err := exec.Call(inputs...)
		if err != nil {
			return err
		}
		logits, err := tensors.CopyFlatData[float32](outputs[0])
		free(outputs)
		if err != nil {
			return err
		}
		c.choose(t, logits)
	}
	return nil
}

// drawIncrementally steps through the values, and hands each one that was drawn to the next step.
func (c *canvas) drawIncrementally(m incremental, told Told) error {
	stepper, err := newStepper(c.backend, c.store, m, c.height, c.width, c.batch, told)
	if err != nil {
		return err
	}
	defer stepper.Close()
	var drawn []float32
	for t := range c.size() {
		logits, err := stepper.Next(drawn)
		if err != nil {
			return err
		}
		c.choose(t, logits)
		drawn = drawn[:0]
		for b := range c.batch {
			drawn = append(drawn, c.Pixels[b*c.size()+t])
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

func free(list []*tensors.Tensor) {
	for _, t := range list {
		t.FinalizeAll()
	}
}

package pixelcnn

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// NewColourStepper compiles the programs of a colour model for that many images side by side, of which this is told.
func NewColourStepper(backend compute.Backend, store *model.Store, net Colour, images int, told Told) (*Stepper, error) {
	c := net.withDefaults()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("pixelcnn: stepping: %w", err)
	}
	return newStepper(backend, store, c, c.Height, c.Width, images, told)
}

// DrawColour samples images from the colour model whose weights are in the store, value after value: [B,H,W,C] of levels/(K−1). See [Draw].
func DrawColour(backend compute.Backend, store *model.Store, net Colour, images int, d Drawing) (Drawn, error) {
	c := net.withDefaults()
	if err := c.check(); err != nil {
		return Drawn{}, fmt.Errorf("pixelcnn: drawing: %w", err)
	}
	canvas := &canvas{backend: backend, store: store, height: c.Height, width: c.Width, colours: c.Colours, levels: c.Levels, batch: images, drawing: d}
	return canvas.draw(c, c.logitsAt)
}

// check says what is wrong with the configuration, if anything.
func (c Colour) check() error {
	switch {
	case c.Height < 1 || c.Width < 1 || c.Colours < 1 || c.Levels < 2 || c.Levels > 256:
		return fmt.Errorf("images of %d×%d, %d colours, %d levels: sides and colours must be at least 1, levels 2 to 256", c.Height, c.Width, c.Colours, c.Levels)
	case c.Channels < 1 || c.Layers < 1 || c.First < 3 || c.Kernel < 3 || c.First%2 == 0 || c.Kernel%2 == 0:
		return fmt.Errorf("%d channels, %d layers, filters of %d and %d: channels and layers must be at least 1, filters odd and at least 3", c.Channels, c.Layers, c.First, c.Kernel)
	case c.Logistics < 0 || c.Classes < 0 || c.Map < 0:
		return fmt.Errorf("%d logistics, %d classes, %d channels of a map: none may be negative", c.Logistics, c.Classes, c.Map)
	}
	return nil
}

func (c Colour) colours() int               { return c.Colours }
func (c Colour) wants() (classes, maps int) { return c.Classes, c.Map }

func (c Colour) rowCache(batch int) []shapes.Shape {
	list := []shapes.Shape{floats(batch, c.First/2, c.Width, c.Colours)}
	for range c.Layers {
		list = append(list, floats(batch, c.Kernel/2, c.Width, c.features()))
	}
	return list
}

func (c Colour) pixelCache(batch int) []shapes.Shape {
	list := []shapes.Shape{floats(batch, c.First/2, c.Colours)}
	for range c.Layers {
		list = append(list, floats(batch, c.Kernel/2, c.features()))
	}
	return list
}

// row runs the vertical stack for the next row. Its answer is what each layer tells the horizontal stack.
func (c Colour) row(scope *model.Scope, in line, cache []*Node) (above, next []*Node) {
	p, reach, far := c.features(), c.Kernel/2, c.First/2
	image := push(cache[0], Mul(centred(in.x), in.inside))
	next = append(next, image)
	slab := Concatenate([]*Node{image, ZerosLike(in.x)}, 1) // the next row stands below: see [Gated.row]
	v := nn.Affine(scope.In("first_v"), lastRow(nn.Box(-far, -1, -far, far).Window(slab)), p)
	v = Add(v, nn.Affine(scope.In("where_v"), lastRow(in.where), p))
	for i := range c.Layers {
		layer := scope.In("layer_%d", i)
		slab := Concatenate([]*Node{cache[1+i], v}, 1)
		next = append(next, push(cache[1+i], v))
		zv := nn.Affine(layer.In("v"), lastRow(nn.Box(-reach, 0, -reach, reach).Window(slab)), 2*p)
		above = append(above, dropRow(nn.Affine(layer.In("vh"), zv, 2*p)))
		if i < c.Layers-1 {
			v = gate(c.tell(layer.In("yv"), zv, in.y, in.s))
		}
	}
	return above, next
}

// pixel runs the horizontal stack at one column, with as many of the pixel's own colours as are known.
func (c Colour) pixel(scope *model.Scope, in spot, above, cache []*Node) (logits *Node, next []*Node) {
	p, batch := c.features(), in.left.Shape().Dim(0)
	// window appends the pixel itself, the last in the order of the taps, to those on its left.
	window := func(left, own *Node) *Node {
		return Reshape(Concatenate([]*Node{left, InsertAxes(own, 1)}, 1), batch, -1)
	}
	inside := ConvertDType(MinScalar(in.col, 1), dtypes.Float32) // 0 in the first column: what is to the left of it is no black pixel
	left := push(cache[0], InsertAxes(Mul(centred(in.left), inside), 1))
	next = append(next, left)
	known := ZerosLike(in.left)
	if in.known != nil {
		known = centred(in.known)
	}
	h := c.masked(scope.In("first_h"), maskA, window(left, known), 1, c.Channels, 1)
	h = Add(h, nn.Affine(scope.In("where_h"), in.where, p))
	for i := range c.Layers {
		layer := scope.In("layer_%d", i)
		next = append(next, push(cache[1+i], InsertAxes(h, 1)))
		zh := Add(c.masked(layer.In("h"), maskB, window(cache[1+i], h), c.Channels, c.Channels, 2), above[i])
		h = Add(h, c.masked(layer.In("out"), maskB, gate(c.tell(layer.In("yh"), zh, in.y, in.s)), c.Channels, c.Channels, 1))
	}
	numbers := Reshape(c.head(scope, h), batch, c.Colours, c.numbers())
	if in.colour != nil {
		return c.levels(pick(numbers, in.colour, c.Colours)), next
	}
	return c.levels(Squeeze(numbers, 1)), next
}

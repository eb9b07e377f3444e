package pixelcnn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// Drawing an image needs p(x_i | x_<i) for one pixel after another. The full pass computes all pixels' features to use one. Here two small
// programs keep what does not change: one runs before each row and computes all that depends on the rows above, the other runs at each pixel.
//
// Caches are the last few rows (R) or pixels (P) of each layer's input, as far back as its filter reaches.

// incremental is a model that can be run pixel by pixel.
type incremental interface {
	// colours is how many values a pixel has, which are drawn in turn.
	colours() int
	// wants is how many classes and how many channels of a map the model is told.
	wants() (classes, maps int)
	// rowCache and pixelCache are the shapes of what is kept from row to row, and from pixel to pixel within a row. All start as zeros.
	rowCache(batch int) []shapes.Shape
	pixelCache(batch int) []shapes.Shape
	// row takes the row that was just drawn, and gives what the next row's pixels need of the rows above, each [B,W,*].
	row(scope *model.Scope, in line, cache []*Node) (above, next []*Node)
	// pixel takes one column of above, each [B,*], and gives the logits of the value asked for: [B], of a one, or [B,K].
	pixel(scope *model.Scope, in spot, above, cache []*Node) (logits *Node, next []*Node)
}

// line is the row that was just drawn, and the one to come.
type line struct {
	x      *Node // [B,1,W,C] drawn
	where  *Node // coordinates of both rows, [1,2,W,2]
	inside *Node // 1, but 0 before the first row: what lies beyond the edge has no features
	y      *Node // classes [B], or nil
	s      *Node // the map s at the row to come, [B,1,W,F], or nil
}

// spot is the pixel whose distribution is asked for.
type spot struct {
	left   *Node // [B,C] the pixel just drawn to the left
	col    *Node // the pixel's column, scalar int32
	known  *Node // [B,C] what is known of the pixel itself, zeros for the rest; nil where a pixel is one value
	colour *Node // which of its values is asked for, scalar int32; nil where a pixel is one value
	where  *Node // its coordinates, [1,2]
	y      *Node // classes [B], or nil
	s      *Node // the map s there, [B,F], or nil
}

// push appends the newest row or pixel to a cache along axis 1 and drops the oldest.
func push(cache, newest *Node) *Node {
	return SliceAxis(Concatenate([]*Node{cache, newest}, 1), 1, AxisRange(1))
}

// lastRow keeps the last of the rows that a window was computed for: [B,R,W,C] → [B,1,W,C].
func lastRow(x *Node) *Node { return SliceAxis(x, 1, AxisRange(x.Shape().Dim(1)-1)) }

func dropRow(x *Node) *Node { return Squeeze(x, 1) }

func floats(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }

// --- Gated ---

func (c Gated) rowCache(batch int) []shapes.Shape {
	list := []shapes.Shape{floats(batch, c.First/2, c.Width, 1)}
	for range c.Layers {
		list = append(list, floats(batch, c.Kernel/2, c.Width, c.Channels))
	}
	return list
}

func (c Gated) pixelCache(batch int) []shapes.Shape {
	list := []shapes.Shape{floats(batch, c.First/2)}
	for range c.Layers {
		list = append(list, floats(batch, c.Kernel/2, c.Channels))
	}
	return list
}

func (c Gated) colours() int               { return 1 }
func (c Gated) wants() (classes, maps int) { return c.Classes, 0 }

// row runs the vertical stack for the next row. Its answer is what each layer tells the horizontal stack.
func (c Gated) row(scope *model.Scope, in line, cache []*Node) (above, next []*Node) {
	reach, far := c.Kernel/2, c.First/2
	image := push(cache[0], in.x)
	next = append(next, image)
	// The next row stands below the image's last: an empty row in its place, whose window holds the rows above.
	slab := Concatenate([]*Node{image, ZerosLike(in.x)}, 1)
	v := nn.Affine(scope.In("first_v"), lastRow(nn.Box(-far, -1, -far, far).Window(slab)), c.Channels)
	v = Add(v, nn.Affine(scope.In("where_v"), lastRow(in.where), c.Channels))
	for i := range c.Layers {
		layer := scope.In("layer_%d", i)
		slab := Concatenate([]*Node{cache[1+i], v}, 1)
		next = append(next, push(cache[1+i], v))
		zv := nn.Affine(layer.In("v"), lastRow(nn.Box(-reach, 0, -reach, reach).Window(slab)), 2*c.Channels)
		above = append(above, dropRow(nn.Affine(layer.In("vh"), zv, 2*c.Channels)))
		if i < c.Layers-1 {
			v = gate(c.condition(layer.In("yv"), zv, in.y))
		}
	}
	return above, next
}

// pixel runs the horizontal stack at one column.
func (c Gated) pixel(scope *model.Scope, in spot, above, cache []*Node) (logit *Node, next []*Node) {
	left := push(cache[0], in.left)
	next = append(next, left)
	h := Add(nn.Affine(scope.In("first_h"), left, c.Channels), nn.Affine(scope.In("where_h"), in.where, c.Channels))
	for i := range c.Layers {
		layer := scope.In("layer_%d", i)
		window := Concatenate([]*Node{cache[1+i], InsertAxes(h, 1)}, 1) // pixels in the order of the taps
		next = append(next, push(cache[1+i], InsertAxes(h, 1)))
		zh := Add(nn.Affine(layer.In("h"), Reshape(window, h.Shape().Dim(0), -1), 2*c.Channels), above[i])
		if in.y != nil {
			zh = Squeeze(c.condition(layer.In("yh"), InsertAxes(zh, 1, 1), in.y), 1, 2)
		}
		h = Add(h, nn.Affine(layer.In("out"), gate(zh), c.Channels))
	}
	h = nn.Affine(scope.In("head"), nn.ReLU(h), c.Channels)
	return Squeeze(nn.AffineZero(scope.In("logit"), nn.ReLU(h), 1), 1), next
}

// --- Plain ---

func (c Plain) rowCache(batch int) []shapes.Shape {
	list := []shapes.Shape{floats(batch, c.First/2, c.Width, 1)}
	for range c.Layers {
		list = append(list, floats(batch, c.Kernel/2, c.Width, c.Channels))
	}
	return list
}

func (c Plain) pixelCache(batch int) []shapes.Shape {
	list := []shapes.Shape{floats(batch, c.First/2)}
	for range c.Layers {
		list = append(list, floats(batch, c.Kernel/2, c.Channels))
	}
	return list
}

func (c Plain) colours() int               { return 1 }
func (c Plain) wants() (classes, maps int) { return 0, 0 }

// row computes the finished row's features in every layer, and then the part of each masked convolution that looks at the rows above the next.
func (c Plain) row(scope *model.Scope, in line, cache []*Node) (above, next []*Node) {
	image := Concatenate([]*Node{cache[0], in.x}, 1)
	first := scope.In("first")
	above = append(above, c.rowsAbove(first, c.First, image, 2*c.Channels))
	next = append(next, push(cache[0], in.x))
	h := nn.Affine(first, lastRow(nn.MaskA(c.First).Window(image)), 2*c.Channels)
	h = Add(h, nn.Affine(scope.In("where"), SliceAxis(in.where, 1, AxisRange(0, 1)), 2*c.Channels))
	for i := range c.Layers {
		block := scope.In("block_%d", i)
		down := Mul(in.inside, nn.ReLU(nn.Affine(block.In("down"), nn.ReLU(h), c.Channels)))
		rows := Concatenate([]*Node{cache[1+i], down}, 1)
		masked := block.In("masked")
		above = append(above, c.rowsAbove(masked, c.Kernel, rows, c.Channels))
		next = append(next, push(cache[1+i], down))
		if i < c.Layers-1 {
			seen := nn.Affine(masked, lastRow(nn.MaskB(c.Kernel).Window(rows)), c.Channels)
			h = Add(h, nn.Affine(block.In("up"), nn.ReLU(seen), 2*c.Channels))
		}
	}
	return above, next
}

// rowsAbove is the sum over a filter's taps in the rows above the row that follows rows [B,R,W,C]: → [B,W,out], without the bias.
func (c Plain) rowsAbove(scope *model.Scope, kernel int, rows *Node, out int) *Node {
	reach := kernel / 2
	taps := nn.Box(-reach, -1, -reach, reach)
	slab := Concatenate([]*Node{rows, ZerosLike(SliceAxis(rows, 1, AxisRange(0, 1)))}, 1)
	window := dropRow(lastRow(taps.Window(slab)))
	return Einsum("bwi,io->bwo", window, c.weights(scope, rows, 0, len(taps), out))
}

// weights are the rows of a filter's matrix that belong to taps from to to-1 in the order of [nn.MaskA]: those above come first.
func (c Plain) weights(scope *model.Scope, x *Node, from, to, out int) *Node {
	in := x.Shape().Dim(-1)
	w := scope.GetVariable("w").NodeValue(x.Graph())
	return SliceAxis(w, 0, AxisRange(from*in, to*in))
}

// pixel adds the taps to the left, and the centre's, to what the rows above gave.
func (c Plain) pixel(scope *model.Scope, in spot, above, cache []*Node) (logit *Node, next []*Node) {
	batch := in.left.Shape().Dim(0)
	left := push(cache[0], in.left)
	next = append(next, left)
	h := c.finish(scope.In("first"), c.First, above[0], InsertAxes(left, 2), len(nn.MaskA(c.First)))
	h = Add(h, nn.Affine(scope.In("where"), in.where, 2*c.Channels))
	for i := range c.Layers {
		block := scope.In("block_%d", i)
		down := nn.ReLU(nn.Affine(block.In("down"), nn.ReLU(h), c.Channels))
		window := Concatenate([]*Node{cache[1+i], InsertAxes(down, 1)}, 1)
		next = append(next, push(cache[1+i], InsertAxes(down, 1)))
		seen := c.finish(block.In("masked"), c.Kernel, above[1+i], window, len(nn.MaskB(c.Kernel)))
		h = Add(h, nn.Affine(block.In("up"), nn.ReLU(seen), 2*c.Channels))
	}
	h = nn.Affine(scope.In("head"), nn.ReLU(h), c.Channels)
	logit = nn.AffineZero(scope.In("logit"), nn.ReLU(h), 1)
	logit.AssertDims(batch, 1)
	return Squeeze(logit, 1), next
}

// finish is above + Σ over the row's own taps + bias: above [B,out], window [B,P,C] → [B,out].
func (c Plain) finish(scope *model.Scope, kernel int, above, window *Node, taps int) *Node {
	out := above.Shape().Dim(1)
	over := (kernel / 2) * kernel // taps in the rows above
	w := c.weights(scope, window, over, taps, out)
	bias := scope.GetVariable("b").NodeValue(window.Graph())
	own := MatMul(Reshape(window, window.Shape().Dim(0), -1), w)
	return Add(Add(above, own), ExpandLeftToRank(bias, 2))
}

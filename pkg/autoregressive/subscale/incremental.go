package subscale

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// Drawing needs p(x_t | x_<t) for one symbol after another. The full pass computes all features of all slices to use those of one pixel. Here four kinds of small
// programs keep what does not change: one runs before each slice, and embeds the slices before; one before each row, and computes what depends on the rows above;
// one at each pixel; and one at each of its colours but the first.
//
// Caches are the last few rows or pixels of each layer's input, as far back as its filter reaches, the oldest first. They start as zeros, which is what lies beyond
// the edge.

// rowCache and pixelCache are the shapes of what is kept from row to row of a slice, and from pixel to pixel of a row.
func (p part) rowCache(batch int) []shapes.Shape {
	_, width := p.size()
	list := []shapes.Shape{shapes.Make(dtypes.Float32, batch, p.First/2, width, p.Colours)}
	for range p.Layers {
		list = append(list, shapes.Make(dtypes.Float32, batch, p.Kernel/2, width, p.Channels))
	}
	return list
}

func (p part) pixelCache(batch int) []shapes.Shape {
	list := []shapes.Shape{shapes.Make(dtypes.Float32, batch, p.First/2, p.Colours)}
	for range p.Layers {
		list = append(list, shapes.Make(dtypes.Float32, batch, p.Kernel/2, p.Channels))
	}
	return list
}

// push appends the newest row or pixel to a cache and drops the oldest.
func push(cache, newest *Node) *Node {
	return SliceAxis(Concatenate([]*Node{cache, newest}, 1), 1, AxisRange(1))
}

// window is what taps see from one row of an image: rows [B,·,w,C] → [B,1,w,T·C]. All rows that they look at must be there.
func window(taps nn.Taps, rows *Node, at int) *Node {
	var list []*Node
	for len(taps) > 0 {
		row, n := at+taps[0].Row, 0
		var along nn.Taps
		for ; n < len(taps) && taps[n].Row == taps[0].Row; n++ {
			along = append(along, nn.Tap{Col: taps[n].Col})
		}
		list = append(list, along.Window(SliceAxis(rows, 1, AxisRange(row, row+1))))
		taps = taps[n:]
	}
	return Concatenate(list, 3)
}

// slice embeds what is known when a slice is begun: x, high [B,side·h,side·w,C], which [n] one-hot → h rows [B,w,E] of what the decoder is told.
func (p part) slice(scope *model.Scope, x, high, which *Node) (rows []*Node) {
	height, width := p.size()
	where := Einsum("nhwe,n->hwe", p.where(which.Graph()), which)
	where = BroadcastToDims(InsertAxes(where, 0), x.Shape().Dim(0), height, width, where.Shape().Dim(2))
	told := p.told(x, high)
	if told != nil {
		told = Reshape(told, -1, p.slices(), height, width, told.Shape().Dim(3))
		told = Einsum("bnhwi,n->bhwi", told, which)
	}
	e := p.embed(scope.In("embedding"), told, where)
	for row := range height {
		rows = append(rows, Squeeze(SliceAxis(e, 1, AxisRange(row, row+1)), 1))
	}
	return rows
}

// row runs the vertical stack: x [B,1,w,C] the row just drawn, e [B,w,E] of the next one → for each pixel of that, what it is told, [B,F+2F·Layers].
func (p part) row(scope *model.Scope, x, e *Node, cache []*Node) (above, next []*Node) {
	scope = scope.In("decoder")
	firstV, _, vTaps, _ := p.taps()
	image := push(cache[0], x)
	next = append(next, image)
	// The next row stands below the image's last: an empty row in its place, whose window holds the rows above.
	slab := Concatenate([]*Node{image, ZerosLike(x)}, 1)
	told := InsertAxes(e, 1)
	v := nn.Affine(scope.In("first_v"), window(firstV, slab, p.First/2), p.Channels)
	v = Add(v, nn.Affine(scope.In("told_v"), told, p.Channels))
	list := []*Node{nn.Affine(scope.In("told_h"), told, p.Channels)}
	for i := range p.Layers {
		layer := scope.In("layer_%d", i)
		slab := Concatenate([]*Node{cache[1+i], v}, 1)
		next = append(next, push(cache[1+i], v))
		zv := nn.Affine(layer.In("v"), window(vTaps, slab, p.Kernel/2), 2*p.Channels)
		list = append(list, p.across(layer, zv, told))
		if i < p.Layers-1 {
			v = gate(zv)
		}
	}
	all := Concatenate(list, -1)
	for col := range x.Shape().Dim(2) {
		above = append(above, Squeeze(SliceAxis(all, 2, AxisRange(col, col+1)), 1, 2))
	}
	return above, next
}

// pixel runs the horizontal stack: x [B,C] the pixel to the left, above [B,F+2F·Layers] → h [B,F], features of all pixels before.
func (p part) pixel(scope *model.Scope, x, above *Node, cache []*Node) (h *Node, next []*Node) {
	scope = scope.In("decoder")
	batch := x.Shape().Dim(0)
	left := push(cache[0], InsertAxes(x, 1))
	next = append(next, left)
	at := 0
	take := func(width int) *Node {
		at += width
		return SliceAxis(above, 1, AxisRange(at-width, at))
	}
	h = Add(nn.Affine(scope.In("first_h"), Reshape(left, batch, -1), p.Channels), take(p.Channels))
	for i := range p.Layers {
		layer := scope.In("layer_%d", i)
		window := Concatenate([]*Node{cache[1+i], InsertAxes(h, 1)}, 1) // pixels in the order of the taps
		next = append(next, SliceAxis(window, 1, AxisRange(1)))
		zh := Add(nn.Affine(layer.In("h"), Reshape(window, batch, -1), 2*p.Channels), take(2*p.Channels))
		h = Add(h, nn.Affine(layer.In("out"), gate(zh), p.Channels))
	}
	h.AssertDims(batch, p.Channels)
	return h, next
}

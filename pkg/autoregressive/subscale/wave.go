package subscale

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// Slices can be drawn side by side. A slice is told of those before it by an embedding that sees only so far: R rows down. So it may begin when the one before is R+1
// rows ahead, and then they go down the image together, as a wave. The pixels are the same, to be waited for are fewer: (h + (n−1)·(R+1))·w in place of n·h·w.
// The share is the smaller the larger the image is.
//
// A slice is drawn in a lane. When it is done, the next one that has none takes its lane over.

// reach is R: rows of a slice, down from its own, that the embedding sees of other slices.
func (p part) reach() int {
	if p.inputs() == 0 {
		return 0
	}
	return p.First/2 + p.Blocks*(p.Kernel/2)
}

// lanes are how many slices are being drawn, or made ready, at a time.
func (p part) lanes() int {
	height, _ := p.size()
	lag := p.reach() + 1
	return min(p.slices(), (height+p.reach()+lag-1)/lag)
}

// ticks are how many rows have to be waited for, in a wave.
func (p part) ticks() int {
	height, _ := p.size()
	return height + (p.slices()-1)*(p.reach()+1)
}

// Ticks are how many pixels have to be drawn one after another, where slices are drawn side by side, and where they are drawn in turn.
func (c Config) Ticks() (sideBySide, inTurn int) {
	for _, p := range c.withDefaults().parts() {
		height, width := p.size()
		sideBySide += p.ticks() * width
		inTurn += p.slices() * height * width
	}
	return sideBySide, inTurn
}

// embedCache are the shapes of what is kept from row to row of the embedding: for N lanes, the rows that its filters look back to.
func (p part) embedCache(lanes int) []shapes.Shape {
	if p.inputs() == 0 {
		return nil
	}
	_, width := p.size()
	list := []shapes.Shape{shapes.Make(dtypes.Float32, lanes, p.First-1, width, p.inputs())}
	for range p.Blocks {
		list = append(list, shapes.Make(dtypes.Float32, lanes, p.Kernel-1, width, p.Channels))
	}
	return list
}

// wave takes all lanes, N = B·lanes, down by a row. The embedding is [part.embed], a row at a time: it takes in the row of other slices that is R rows down, and gives its
// features of this one, since each filter in between waits for the rows below. x [N,1,w,C] the row just drawn, told [N,1,w,I], where [lanes,1,w,·] of the row that the
// first filter gives, flags [lanes,2+Blocks]: whether anything, and whether a row, came before in this slice, and whether the row that goes into each block is one of
// the image → what [part.row] gives.
func (p part) wave(scope *model.Scope, x, told, where, flags *Node, cache []*Node) (above, next []*Node) {
	lanes, n := flags.Shape().Dim(0), x.Shape().Dim(0)
	spread := func(a *Node) *Node { // of each lane, to those of each image
		d := append([]int{n / lanes}, a.Shape().Dimensions...)
		a = BroadcastToDims(InsertAxes(a, 0), d...)
		return Reshape(a, append([]int{n}, d[2:]...)...)
	}
	flag := func(i int) *Node { return spread(Reshape(SliceAxis(flags, 1, AxisRange(i, i+1)), lanes, 1, 1, 1)) }
	e := spread(where)
	embedded := len(p.embedCache(n))
	if embedded > 0 {
		scope := scope.In("embedding")
		middle := func(scope *model.Scope, rows *Node, width int) *Node {
			return nn.Affine(scope, window(nn.Box(-width/2, width/2, -width/2, width/2), rows, width/2), p.Channels)
		}
		take := func(i int, newest *Node) *Node {
			rows := Concatenate([]*Node{Mul(cache[i], flag(0)), newest}, 1)
			next = append(next, SliceAxis(rows, 1, AxisRange(1)))
			return rows
		}
		e = Add(middle(scope.In("first"), take(0, told), p.First), nn.Affine(scope.In("where"), e, p.Channels))
		for i := range p.Blocks {
			block := scope.In("block_%d", i)
			rows := take(1+i, Mul(e, flag(2+i)))
			seen := middle(block.In("look"), nn.ReLU(rows), p.Kernel)
			e = Add(SliceAxis(rows, 1, AxisRange(p.Kernel/2, p.Kernel/2+1)), nn.Affine(block.In("out"), nn.ReLU(seen), p.Channels))
		}
		e = nn.ReLU(e)
	}
	var kept []*Node
	for _, rows := range cache[embedded:] {
		kept = append(kept, Mul(rows, flag(1)))
	}
	above, rows := p.row(scope, x, Squeeze(e, 1), kept)
	return above, append(next, rows...)
}

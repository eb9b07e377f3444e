package pixelrnn

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// MultiScale is the multi-scale PixelRNN: one net draws every second pixel of every second row, s, and another all the others, each of whose layers is told of s.
//
//	p(x) = p(s) ∏_{i ∉ s} p(x_i | x_<i, s)
//
// So far parts of the image agree without a path of many pixels between them. Pixels of s are drawn once and cost once: the large net predicts them too, but that is
// not counted, and the probabilities of all images sum to one.
type MultiScale struct {
	Small, Large Config // Large.Told is the features of the map that s is made into [Large.Channels]; Small's size, levels and colours follow from Large's
}

func (m MultiScale) withDefaults() MultiScale {
	m.Large = m.Large.withDefaults()
	if m.Large.Told == 0 {
		m.Large.Told = m.Large.Channels
	}
	m.Small.Height, m.Small.Width = (m.Large.Height+1)/2, (m.Large.Width+1)/2
	m.Small.Colours, m.Small.Levels = m.Large.Colours, m.Large.Levels
	m.Small = m.Small.withDefaults()
	return m
}

// Check says what is wrong with the numbers, if anything.
func (m MultiScale) Check() error {
	m = m.withDefaults()
	if err := m.Large.Check(); err != nil {
		return fmt.Errorf("the large net: %w", err)
	}
	if err := m.Small.Check(); err != nil {
		return fmt.Errorf("the small net: %w", err)
	}
	if m.Small.Told != 0 {
		return fmt.Errorf("pixelrnn: the small net is to be told %d features: it is the first, there is nothing to tell", m.Small.Told)
	}
	return nil
}

// LogProb is log p(x) in nats: x [B,H,W,C] in [0,1] → [B].
func (m MultiScale) LogProb(scope *model.Scope, x *Node) *Node {
	m = m.withDefaults()
	small := shrink(x)
	each := m.Large.logProbs(scope.In("large"), x, m.tell(scope, small, x.Shape().Dim(1), x.Shape().Dim(2)))
	known := known(x.Graph(), x.Shape().Dim(1), x.Shape().Dim(2))
	others := ReduceSum(Mul(each, OneMinus(BroadcastToShape(known, each.Shape()))), 1, 2, 3)
	return Add(m.Small.LogProb(scope.In("small"), small), others)
}

// tell makes the small image into what the large net is told: two convolutions without a mask over s, laid out at its pixels' places: [B,⌈H/2⌉,⌈W/2⌉,C] → [B,H,W,S].
func (m MultiScale) tell(scope *model.Scope, small *Node, height, width int) *Node {
	m = m.withDefaults()
	spread := spread(small, height, width)
	where := BroadcastToDims(known(small.Graph(), height, width), small.Shape().Dim(0), height, width, 1)
	around := nn.Box(-2, 2, -2, 2)
	h := nn.ReLU(around.Convolve(scope.In("tell_1"), Concatenate([]*Node{spread, where}, 3), m.Large.Told))
	return nn.ReLU(around.Convolve(scope.In("tell_2"), h, m.Large.Told))
}

// shrink keeps every second pixel of every second row, from the first: [B,H,W,C] → [B,⌈H/2⌉,⌈W/2⌉,C].
func shrink(x *Node) *Node {
	return Slice(x, AxisRange(), AxisRange().Stride(2), AxisRange().Stride(2), AxisRange())
}

// spread puts them back to their places, with zeros between: [B,⌈H/2⌉,⌈W/2⌉,C] → [B,H,W,C].
func spread(small *Node, height, width int) *Node {
	d := small.Shape().Dimensions
	x := InsertAxes(small, 2, 3) // [B,h,1,w,1,C]
	x = Concatenate([]*Node{x, ZerosLike(x)}, 2)
	x = Concatenate([]*Node{x, ZerosLike(x)}, 4)
	x = Reshape(x, d[0], 2*d[1], 2*d[2], d[3])
	return Slice(x, AxisRange(), AxisRange(0, height), AxisRange(0, width), AxisRange())
}

// known is 1 where a pixel is of the small image: [1,H,W,1].
func known(g *Graph, height, width int) *Node {
	at := make([][]float32, height)
	for row := range at {
		at[row] = make([]float32, width)
		for col := range at[row] {
			if row%2 == 0 && col%2 == 0 {
				at[row][col] = 1
			}
		}
	}
	return InsertAxes(Const(g, at), 0, 2)
}

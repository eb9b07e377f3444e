// Package pixelrnn is the PixelRNN: recurrent networks in two dimensions that predict an image pixel by pixel, and colour by colour.
//
//	p(x) = ∏_i p(x_i | x_1, …, x_{i−1}),   p(x_i | x_<i) = p(R | x_<i) p(G | x_<i, R) p(B | x_<i, R, G)
//
// A convolution with mask A looks at the pixels around that came before; then layers of LSTMs hand what they remember from row to row, or from diagonal to
// diagonal, so that the last one may know of every pixel before its own, however far away:
//
//	(o, f, i, g) = (σ, σ, σ, tanh)(K_ss * h_{t−1} + K_is * x_t),   c_t = f ⊙ c_{t−1} + i ⊙ g,   h_t = o ⊙ tanh(c_t)
//
// A Row LSTM's step is a row, and its K_ss a convolution along it: it sees a triangle above the pixel. A Diagonal BiLSTM's step is a diagonal; two of them, one
// from each side, see everything. [MultiScale] first draws a small image and then the large one around it.
//
// A. van den Oord, N. Kalchbrenner and K. Kavukcuoglu, "Pixel recurrent neural networks", ICML 2016, https://arxiv.org/abs/1601.06759.
// Deviations: the state starts at zero and is not learned; the first layer is also told where the pixel stands; the Diagonal BiLSTM is told of
// the one pixel that it would miss, see diagonal.go.
//
// Letters: B images, H W their height and width, C colours, K levels of a colour, h features of an LSTM, S features of a map that the layers are told besides.
package pixelrnn

import (
	"cmp"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gomlx/compute/dtypes"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/nn"
)

// Cell is the kind of a recurrent layer.
type Cell string

// The two recurrent layers.
const (
	DiagonalBiLSTM Cell = "diagonal"
	RowLSTM        Cell = "row"
)

// Config is a PixelRNN. Its zero value is a small Diagonal BiLSTM for binary digits.
type Config struct {
	Cell          Cell // [DiagonalBiLSTM]
	Height, Width int  // pixels [28]
	Colours       int  // C: 1, or 3 for red, green and blue [1]
	Levels        int  // K, values of a colour, 2 to 256 [2]
	Channels      int  // h, features of an LSTM, a multiple of Colours; 2h between layers [16]
	Layers        int  // of LSTMs [2]
	First, Kernel int  // widths of the first filter and, in a Row LSTM, of both of its filters, odd [7, 3]
	Head          int  // features of the last hidden layer, a multiple of Colours [2h]
	Told          int  // S, for the larger net of a [MultiScale] [0]
}

func (c Config) withDefaults() Config {
	c.Cell = cmp.Or(c.Cell, DiagonalBiLSTM)
	c.Height, c.Width = cmp.Or(c.Height, 28), cmp.Or(c.Width, 28)
	c.Colours, c.Levels = cmp.Or(c.Colours, 1), cmp.Or(c.Levels, 2)
	c.Channels, c.Layers = cmp.Or(c.Channels, 16), cmp.Or(c.Layers, 2)
	c.First, c.Kernel = cmp.Or(c.First, 7), cmp.Or(c.Kernel, 3)
	c.Head = cmp.Or(c.Head, 2*c.Channels)
	return c
}

// Check says what is wrong with the numbers, if anything.
func (c Config) Check() error {
	c = c.withDefaults()
	switch {
	case c.Cell != RowLSTM && c.Cell != DiagonalBiLSTM:
		return fmt.Errorf("pixelrnn: cell %q: unknown: use %q or %q", c.Cell, RowLSTM, DiagonalBiLSTM)
	case c.Height < 1 || c.Width < 1 || c.Layers < 1 || c.Told < 0:
		return fmt.Errorf("pixelrnn: %d layers for images of %d×%d: sizes must be at least 1", c.Layers, c.Height, c.Width)
	case c.Levels < 2 || c.Levels > 256:
		return fmt.Errorf("pixelrnn: %d levels: use 2 to 256", c.Levels)
	case c.Colours != 1 && c.Colours != 3:
		return fmt.Errorf("pixelrnn: %d colours: use 1 or 3", c.Colours)
	case c.Channels < 1 || c.Head < 1 || c.Channels%c.Colours != 0 || c.Head%c.Colours != 0:
		return fmt.Errorf("pixelrnn: %d channels and a head of %d for %d colours: each colour needs its equal share: use multiples", c.Channels, c.Head, c.Colours)
	case c.First < 3 || c.Kernel < 3 || c.First%2 == 0 || c.Kernel%2 == 0:
		return fmt.Errorf("pixelrnn: filters of width %d and %d: use odd widths from 3", c.First, c.Kernel)
	}
	return nil
}

// Logits are of p(x_i | x_<i): x [B,H,W,C] in [0,1] and told [B,H,W,S] or nil → [B,H,W,C] for two levels, [B,H,W,C·K] for more. Colour i sees nothing from i on.
func (c Config) Logits(scope *model.Scope, x, told *Node) *Node {
	if err := c.Check(); err != nil {
		panic(err)
	}
	c = c.withDefaults()
	if x.Rank() != 4 || x.Shape().Dim(3) != c.Colours {
		panic(fmt.Errorf("pixelrnn: images of shape %v: the model is for [B,H,W,%d]", x.Shape().Dimensions, c.Colours))
	}
	if (told == nil) != (c.Told == 0) {
		panic(fmt.Errorf("pixelrnn: the net is to be told %d features: use it as MultiScale.Large, or set Told to 0", c.Told))
	}
	height, width := x.Shape().Dim(1), x.Shape().Dim(2)
	own := c.centred(x)
	h := c.first(scope, c.window().Window(own), nn.Places(x.Graph(), height, width))
	for i := range c.Layers {
		layer := scope.In("layer_%d", i)
		var seen *Node
		if c.Cell == RowLSTM {
			seen = c.rows(layer, h, told)
		} else {
			seen = c.diagonals(layer, h, told, own)
		}
		own = nil
		seen.AssertDims(-1, height, width, c.Channels)
		h = c.residual(layer, h, seen)
	}
	return c.head(scope, h)
}

// centred are values as the net sees them: greys from −1 to 1, so that beyond the edge, 0, is a middle one; ones and zeros as they are.
func (c Config) centred(x *Node) *Node {
	if c.Levels == 2 {
		return x
	}
	return AddScalar(MulScalar(x, 2), -1)
}

// window lists the neighbours that the first filter looks at; the pixel itself is last.
func (c Config) window() nn.Taps { return nn.MaskB(c.First) }

// own is the pixel itself of a window: [...,T·C] → [...,C].
func (c Config) own(window *Node) *Node {
	return SliceAxis(window, -1, AxisRange(window.Shape().Dim(-1)-c.Colours))
}

// first is the convolution with mask A, which of the pixel itself sees only the colours before: window [...,T·C] of neighbours, where [...,2] → [...,2h].
func (c Config) first(scope *model.Scope, window, where *Node) *Node {
	own := c.Colours
	if own == 1 { // there are none before
		window, own = SliceAxis(window, -1, AxisRange(0, window.Shape().Dim(-1)-1)), 0
	}
	return Add(c.colourwise(scope.In("first"), window, own, 2*c.Channels, 1, true), nn.Affine(scope.In("where"), where, 2*c.Channels))
}

// into is what an LSTM is told by its input, K_is * x: window [...,T·2h], whose last 2h are the pixel's own features, and told [...,S] or nil → [...,4h].
func (c Config) into(scope *model.Scope, window, told *Node) *Node {
	z := c.colourwise(scope.In("input"), window, 2*c.Channels, 4*c.Channels, 4, false)
	if told != nil {
		z = Add(z, nn.Affine(scope.In("told"), told, 4*c.Channels))
	}
	return z
}

// residual adds what a layer saw, [...,h], to what it was given, [...,2h].
func (c Config) residual(layer *model.Scope, h, seen *Node) *Node {
	return Add(h, c.colourwise(layer.In("up"), seen, c.Channels, 2*c.Channels, 1, false))
}

// head makes logits of the last layer's features: [...,2h] → [...,C] or [...,C·K].
func (c Config) head(scope *model.Scope, h *Node) *Node {
	h = c.colourwise(scope.In("head"), nn.ReLU(h), 2*c.Channels, c.Head, 1, false)
	values := 1
	if c.Levels > 2 {
		values = c.Levels
	}
	return c.weigh(scope.In("logit"), nn.ReLU(h), 0, c.Head, c.Colours*values, 1, false)
}

// colourwise is x·W + b over the last axis, where features are shared out to the colours in turn and those of a colour see only colours up to their own, or, if
// strict, before it. Only the last own inputs are so masked, since all others are of pixels before. The outputs are so many parts, each shared out for itself.
func (c Config) colourwise(scope *model.Scope, x *Node, own, out, parts int, strict bool) *Node {
	return c.weigh(scope, x, x.Shape().Dim(-1), own, out, parts, strict)
}

func (c Config) weigh(scope *model.Scope, x *Node, fanIn, own, out, parts int, strict bool) *Node {
	g, in := x.Graph(), x.Shape().Dim(-1)
	w := nn.Weight(scope, g, "w", fanIn, in, out)
	b := nn.Weight(scope, g, "b", 0, out)
	if c.Colours > 1 {
		w = Mul(w, Const(g, c.mask(in, own, out, parts, strict)))
	}
	dims := x.Shape().Clone().Dimensions
	dims[len(dims)-1] = out
	return Reshape(Add(MatMul(Reshape(x, -1, in), w), ExpandLeftToRank(b, 2)), dims...)
}

// mask is 1 where an output may see an input: [in][out].
func (c Config) mask(in, own, out, parts int, strict bool) [][]float32 {
	part := out / parts
	mask := make([][]float32, in)
	for i := range mask {
		mask[i] = make([]float32, out)
		for o := range out {
			from, to := -1, o%part*c.Colours/part
			if k := i - (in - own); k >= 0 {
				from = k * c.Colours / own
			}
			if from < to || from == to && !strict {
				mask[i][o] = 1
			}
		}
	}
	return mask
}

// LogProb is log p(x) in nats: x [B,H,W,C] in [0,1] → [B].
func (c Config) LogProb(scope *model.Scope, x *Node) *Node {
	return ReduceSum(c.logProbs(scope, x, nil), 1, 2, 3)
}

// logProbs is log p(x_i | x_<i) of every colour of every pixel: [B,H,W,C].
func (c Config) logProbs(scope *model.Scope, x, told *Node) *Node {
	c = c.withDefaults()
	logits := c.Logits(scope, x, told)
	if c.Levels == 2 {
		return dist.BernoulliLogProb(x, logits)
	}
	d := x.Shape().Dimensions
	logits = Reshape(logits, d[0], d[1], d[2], d[3], c.Levels)
	level := ConvertDType(Round(MulScalar(StopGradient(x), float64(c.Levels-1))), dtypes.Int32)
	return dist.CategoricalLogProb(level, logits)
}

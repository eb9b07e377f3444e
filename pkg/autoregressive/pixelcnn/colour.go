package pixelcnn

import (
	"cmp"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/nn"
)

// Colour is the Gated PixelCNN for pixels of several values, each of many levels (van den Oord et al. 2016, https://arxiv.org/abs/1606.05328): red, green and blue in turn,
//
//	p(x_i | x_<i) = p(R_i | x_<i) p(G_i | R_i, x_<i) p(B_i | G_i, R_i, x_<i)
//
// The features of the horizontal stack are split into as many groups as there are colours. What a group may see of its own pixel is a mask over the channels,
// W ← W ⊙ M: in the first layer, mask A, the colours before its own; later, mask B, the groups before it and itself. All of what is above or to the left is open to every group.
//
// A value's distribution is a softmax over its K levels, as in the paper, or a mixture of M logistics over them ([dist.Logistics], from PixelCNN++,
// https://arxiv.org/abs/1701.05517), which knows that 127 is near 128 and learns from far fewer images.
//
// It may be told a class, one vector for all pixels, and a map s, which says something of each pixel: both are added inside the gates,
//
//	gate(W * x + Vᵀy + U·s)          U·s a convolution of 1×1, unmasked, since s is no part of the image
//
// Deviations: those of [Gated]; the last layer also sees the residual stream as it is, past the rectifiers, so that a value near its neighbours' mean is soon learned.
//
// Letters: B images, H W their size, C colours, K levels, p features of a stack, M logistics, P numbers that tell a distribution, F channels of a map.
type Colour struct {
	Height, Width int // pixels [32]
	Colours       int // values of a pixel: 3 for red, green, blue; 1 for grey [3]
	Levels        int // of a value, K [256]
	Channels      int // features of each stack for each colour, p/C [16]
	Layers        int // gated layers [5]
	First, Kernel int // widths of the first and of the later filters, odd [7, 3]
	Logistics     int // components of the mixture, M; none for a softmax [0]
	Classes       int // classes to condition on [0]
	Map           int // channels of a map to condition on, F [0]
}

func (c Colour) withDefaults() Colour {
	c.Height, c.Width, c.Colours, c.Levels = cmp.Or(c.Height, 32), cmp.Or(c.Width, 32), cmp.Or(c.Colours, 3), cmp.Or(c.Levels, 256)
	c.Channels, c.Layers = cmp.Or(c.Channels, 16), cmp.Or(c.Layers, 5)
	c.First, c.Kernel = cmp.Or(c.First, 7), cmp.Or(c.Kernel, 3)
	return c
}

// features is p.
func (c Colour) features() int { return c.Colours * c.Channels }

// numbers is P.
func (c Colour) numbers() int {
	if c.Logistics > 0 {
		return 3 * c.Logistics
	}
	return c.Levels
}

// mask says what of the pixel itself a group of features sees.
type mask int

const (
	maskA mask = iota // that of the colours before its own
	maskB             // and that of its own
)

// masked is x·(W ⊙ M) + b over the last axis. x holds pixels to the left and then the pixel itself, of each pixel so many numbers for each colour; the output holds so many
// for each colour, and all that so many times: [..., taps·C·from] → [..., times·C·to].
func (c Colour) masked(scope *model.Scope, m mask, x *Node, from, to, times int) *Node {
	return c.product(scope, m, x, from, to, times, x.Shape().Dim(-1))
}

// maskedZero is [Colour.masked] that starts at zero, for the last layer.
func (c Colour) maskedZero(scope *model.Scope, m mask, x *Node, from, to int) *Node {
	return c.product(scope, m, x, from, to, 1, 0)
}

func (c Colour) product(scope *model.Scope, m mask, x *Node, from, to, times, fanIn int) *Node {
	g, in, out := x.Graph(), x.Shape().Dim(-1), times*c.Colours*to
	source, limit := make([]int32, in), make([]int32, out)
	for i := range source {
		source[i] = -1 // pixels to the left are open to all
		if own := i - (in - c.Colours*from); own >= 0 {
			source[i] = int32(own / from)
		}
	}
	for o := range limit {
		limit[o] = int32(o/to%c.Colours) + int32(m)
	}
	open := ConvertDType(LessThan(Reshape(Const(g, source), in, 1), Reshape(Const(g, limit), 1, out)), dtypes.Float32) // M [in,out]
	w := Mul(nn.Weight(scope, g, "w", fanIn, in, out), open)
	b := nn.Weight(scope, g, "b", 0, out)
	dims := x.Shape().Clone().Dimensions
	dims[len(dims)-1] = out
	return Reshape(Add(MatMul(Reshape(x, -1, in), w), ExpandLeftToRank(b, 2)), dims...)
}

// Parameters tell the distribution of each value: x [B,H,W,C] in [0,1], levels/(K−1); y [B] int32 or nil; s [B,H,W,F] or nil → [B,H,W,C,P]. Value i sees none from i on.
func (c Colour) Parameters(scope *model.Scope, x, y, s *Node) *Node {
	c = c.withDefaults()
	p, reach, far := c.features(), c.Kernel/2, c.First/2
	above := nn.Box(-far, -1, -far, far)                          // first layer: rows strictly above
	vTaps := nn.Box(-reach, 0, -reach, reach)                     // later: v's own row holds rows above already
	left, hTaps := nn.Box(0, 0, -far, 0), nn.Box(0, 0, -reach, 0) // to the left, and the pixel itself, masked

	where := nn.Places(x.Graph(), x.Shape().Dim(1), x.Shape().Dim(2))
	x = centred(x)
	v := Add(above.Convolve(scope.In("first_v"), x, p), nn.Affine(scope.In("where_v"), where, p))
	h := Add(c.masked(scope.In("first_h"), maskA, left.Window(x), 1, c.Channels, 1), nn.Affine(scope.In("where_h"), where, p))
	for i := range c.Layers {
		layer := scope.In("layer_%d", i)
		zv := vTaps.Convolve(layer.In("v"), v, 2*p)
		zh := Add(c.masked(layer.In("h"), maskB, hTaps.Window(h), c.Channels, c.Channels, 2), nn.Affine(layer.In("vh"), zv, 2*p))
		if i < c.Layers-1 {
			v = gate(c.tell(layer.In("yv"), zv, y, s))
		}
		h = Add(h, c.masked(layer.In("out"), maskB, gate(c.tell(layer.In("yh"), zh, y, s)), c.Channels, c.Channels, 1))
	}
	return Reshape(c.head(scope, h), x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), c.Colours, c.numbers())
}

// centred puts values of [0,1] into [−1,1]. Beyond the edge is 0, a middle grey.
func centred(x *Node) *Node { return AddScalar(MulScalar(x, 2), -1) }

// head is what tells the distributions, from the last features: [..., p] → [..., C·P]. It starts at zero.
func (c Colour) head(scope *model.Scope, h *Node) *Node {
	top := nn.ReLU(c.masked(scope.In("head"), maskB, nn.ReLU(h), c.Channels, c.Channels, 1))
	direct := c.maskedZero(scope.In("direct"), maskB, h, c.Channels, c.numbers())
	return Add(c.maskedZero(scope.In("numbers"), maskB, top, c.Channels, c.numbers()), direct)
}

// tell adds what is told of the image to the input of a gate: z [B,H,W,2p] or [B,2p], y [B], s as z with F channels.
func (c Colour) tell(scope *model.Scope, z, y, s *Node) *Node {
	out := z.Shape().Dim(-1)
	if y != nil {
		v := MatMul(OneHot(y, c.Classes, dtypes.Float32), nn.Weight(scope, z.Graph(), "w", c.Classes, c.Classes, out))
		if z.Rank() == 4 {
			v = InsertAxes(v, 1, 1)
		}
		z = Add(z, v)
	}
	if s != nil {
		z = Add(z, nn.Affine(scope.In("map"), s, out))
	}
	return z
}

// mixture is what parameters [..., P] stand for, with M logistics. At the start they stand side by side, about as wide as they are apart: nearly the uniform code.
func (c Colour) mixture(numbers *Node) dist.Logistics {
	part, m := Split(numbers, -1, 3), float64(c.Logistics)
	start := make([]float32, c.Logistics)
	for i := range start {
		start[i] = float32((2*float64(i)+1)/m - 1)
	}
	return dist.Logistics{
		Logits:    part[0],
		Means:     Add(part[1], ExpandLeftToRank(Const(numbers.Graph(), start), numbers.Rank())),
		LogScales: MaxScalar(AddScalar(part[2], math.Log(0.5/m)), -7),
	}
}

// Logits are of each level of each value, up to a constant of each: [B,H,W,C,K]. See [Colour.Parameters].
func (c Colour) Logits(scope *model.Scope, x, y, s *Node) *Node {
	return c.withDefaults().levels(c.Parameters(scope, x, y, s))
}

// logitsAt is the logits of the value number t alone, t a scalar: [B,K]. With a mixture that is much less work than all.
func (c Colour) logitsAt(scope *model.Scope, x, y, s, t *Node) *Node {
	numbers := c.Parameters(scope, x, y, s)
	return c.levels(pick(Reshape(numbers, x.Shape().Dim(0), -1, c.numbers()), t, c.Height*c.Width*c.Colours))
}

// levels turns parameters into logits: [..., P] → [..., K].
func (c Colour) levels(numbers *Node) *Node {
	if c.Logistics > 0 {
		return c.mixture(numbers).LogProbs(c.Levels)
	}
	return numbers
}

// LogProb is log p(x | y, s) in nats: x [B,H,W,C] → [B].
func (c Colour) LogProb(scope *model.Scope, x, y, s *Node) *Node {
	c = c.withDefaults()
	numbers := c.Parameters(scope, x, y, s)
	if c.Logistics > 0 {
		return ReduceSum(c.mixture(numbers).LogProb(x, c.Levels), 1, 2, 3)
	}
	level := ConvertDType(Round(MulScalar(StopGradient(x), float64(c.Levels-1))), dtypes.Int32)
	return ReduceSum(dist.CategoricalLogProb(level, numbers), 1, 2, 3)
}

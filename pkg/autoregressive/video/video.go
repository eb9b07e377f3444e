// Package video generates video frame by frame and each frame pixel by pixel: the Video Pixel Network.
//
// A clip's probability is a product over time and over the raster of each frame. What the frames before tell is gathered once a frame, at the frame's own
// resolution: an encoder looks at each of them, and an LSTM whose state is a map of features remembers. A PixelCNN, the decoder, is told what it remembers
// and writes the next frame, pixel after pixel.
//
//	p(x) = ∏_t ∏_i p(x_t,i | x_<t, x_t,<i)         i over the pixels of a frame in raster order
//	MU(h) = g₁ ⊙ tanh(g₂ ⊙ h + g₃ ⊙ u)             g₁, g₂, g₃ = σ(W₁*h), σ(W₂*h), σ(W₃*h),  u = tanh(W₄*h)
//
// What it is held against is the same network without the inner product: the pixels of a frame are independent, given the frames before. Where the future is not
// certain it can only blur, and pays for every pixel; the network above decides once, at the first pixel that tells.
//
// Kalchbrenner et al. 2017, Video Pixel Networks (https://arxiv.org/abs/1610.00527). Deviations: one channel; encoder and decoder are also told where the pixel
// stands, which a deeper model finds out by itself; there are fewer and narrower blocks.
//
// Letters: B clips in a batch, T frames, H W their height and width, N = B·T, c features inside a block and 2c between blocks.
package video

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/nn"
)

// Config is the network.
type Config struct {
	Height, Width int   // pixels of a frame [16]
	Channels      int   // c [16]
	Dilations     []int // of the encoder's blocks, one each: a filter's neighbours are so many pixels away [1, 2]
	Layers        int   // blocks of the decoder [3]
	First         int   // width of the decoder's first filter, which sees the frame itself; odd [5]
	Independent   bool  // pixels of a frame are independent, given the frames before: the baseline
}

func (c Config) withDefaults() Config {
	c.Height, c.Width = cmp.Or(c.Height, 16), cmp.Or(c.Width, 16)
	c.Channels, c.Layers, c.First = cmp.Or(c.Channels, 16), cmp.Or(c.Layers, 3), cmp.Or(c.First, 5)
	if c.Dilations == nil {
		c.Dilations = []int{1, 2}
	}
	return c
}

// check says what is wrong with the network, defaults filled in.
func (c Config) check() error {
	if c.Height < 1 || c.Width < 1 || c.Channels < 1 || c.Layers < 1 || c.First < 1 || c.First%2 == 0 || slices.ContainsFunc(c.Dilations, func(d int) bool { return d < 1 }) {
		return fmt.Errorf("video: a network of %d×%d pixels, %d channels, %d layers, first filter %d, dilations %v: all must be at least 1, and the filter odd",
			c.Height, c.Width, c.Channels, c.Layers, c.First, c.Dilations)
	}
	return nil
}

// look is a convolution: h [..., I] → [..., out]. It says what a block may see, the whole frame in one pass or the pixels drawn so far.
type look func(scope *model.Scope, h *Node, out int) *Node

// multiplicative is the unit MU: z [..., 4c], the four convolutions of its input side by side, and h [..., c], what it carries on.
func multiplicative(z, h *Node) *Node {
	w := Split(z, -1, 4)
	g1, g2, g3, u := Sigmoid(w[0]), Sigmoid(w[1]), Sigmoid(w[2]), Tanh(w[3])
	return Mul(g1, Tanh(Add(Mul(g2, h), Mul(g3, u))))
}

// block is a residual multiplicative block: two units inside, at half the width. h [..., 2c] → [..., 2c].
func (c Config) block(scope *model.Scope, h *Node, see look) *Node {
	u := nn.Affine(scope.In("down"), h, c.Channels)
	for i := range 2 {
		u = multiplicative(see(scope.In("unit_%d", i), u, 4*c.Channels), u)
	}
	return Add(h, nn.Affine(scope.In("up"), u, 2*c.Channels))
}

// around are the nine pixels in and about the middle, so many pixels apart.
func around(apart int) nn.Taps {
	taps := nn.Box(-1, 1, -1, 1)
	for i := range taps {
		taps[i].Row *= apart
		taps[i].Col *= apart
	}
	return taps
}

// encode looks at frames by themselves, at full resolution, and gives what the LSTM's four gates get of them: x [N,H,W,1] → [N,H,W,8c].
func (c Config) encode(scope *model.Scope, x *Node) *Node {
	where := nn.Places(x.Graph(), x.Shape().Dim(1), x.Shape().Dim(2))
	h := Add(around(1).Convolve(scope.In("first"), x, 2*c.Channels), nn.Affine(scope.In("where"), where, 2*c.Channels))
	for i, apart := range c.Dilations {
		h = c.block(scope.In("block_%d", i), h, around(apart).Convolve)
	}
	z := nn.Affine(scope.In("gates"), h, 8*c.Channels)
	// The forget gates begin at σ(1): a state that is forgotten at once has no gradient to learn from.
	bias := make([]float32, 8*c.Channels)
	for i := range 2 * c.Channels {
		bias[2*c.Channels+i] = 1 // in the order of nn.LSTMCell, o f i g
	}
	return Add(z, ExpandLeftToRank(ConstTensor(x.Graph(), tensors.FromFlatDataAndDimensions(bias, len(bias))), 4))
}

// stateWeights are what the LSTM's gates get of its own state: [9·2c, 8c].
func (c Config) stateWeights(scope *model.Scope, g *Graph) *Node {
	in, out := 9*2*c.Channels, 8*c.Channels
	return nn.Weight(scope, g, "w", 2*in, in, out) // half the usual variance: the frame's part comes on top
}

// past is what the frames before each frame tell: x [B,T,H,W,1] → [B,T,H,W,2c], zeros for the first.
func (c Config) past(scope *model.Scope, x *Node) *Node {
	d := x.Shape().Dimensions
	b, t, h, w := d[0], d[1], d[2], d[3]
	first := Zeros(x.Graph(), shapes.Make(x.DType(), b, 1, h, w, 2*c.Channels))
	if t == 1 {
		return first
	}
	frames := TransposeAllAxes(SliceAxis(x, 1, AxisRange(0, t-1)), 1, 0, 2, 3, 4) // the LSTM runs along the first axis
	z := c.encode(scope.In("encoder"), Reshape(frames, (t-1)*b, h, w, 1))
	z = Reshape(z, t-1, b, h, w, 8*c.Channels)
	state := around(1).LSTM(z, c.stateWeights(scope.In("state"), x.Graph()))
	return Concatenate([]*Node{first, TransposeAllAxes(state, 1, 0, 2, 3, 4)}, 1)
}

// decode is the logit of a pixel, or of all pixels at once: past [..., 2c] is what the frames before tell, where [..., 2] is the place, seen [..., 4c] is what the
// first unit sees of the frame itself, nil for nothing. → [..., 1].
//
// In the first unit, the gates see the frame and the past, but what is carried, g₂ ⊙ h, is of the past alone: with the frame in h, each pixel would be
// carried past the mask into its own prediction.
func (c Config) decode(scope *model.Scope, past, where, seen *Node, see look) *Node {
	first := scope.In("block_0")
	u := nn.Affine(first.In("down"), past, c.Channels)
	z := Add(nn.Affine(first.In("past"), past, 4*c.Channels), nn.Affine(first.In("where"), where, 4*c.Channels))
	if seen != nil {
		z = Add(z, seen)
	}
	u = multiplicative(z, u)
	u = multiplicative(see(first.In("unit_1"), u, 4*c.Channels), u)
	h := Add(past, nn.Affine(first.In("up"), u, 2*c.Channels))
	for i := 1; i < c.Layers; i++ {
		h = c.block(scope.In("block_%d", i), h, see)
	}
	h = nn.Affine(scope.In("head"), nn.ReLU(h), 2*c.Channels)
	return nn.AffineZero(scope.In("logit"), nn.ReLU(h), 1)
}

// masks are what the first unit sees of the frame itself, the pixels before, and what later units see: the middle too, which does not hold its own pixel by then.
func (c Config) masks() (first, later nn.Taps) { return nn.MaskA(c.First), nn.MaskB(3) }

// see is how the decoder looks about in whole frames.
func (c Config) see() look {
	if c.Independent {
		return around(1).Convolve
	}
	_, later := c.masks()
	return later.Convolve
}

// Logits are of p(x_t,i = 1 | x_<t, x_t,<i): x [B,T,H,W,1] in [0,1] → the same shape.
func (c Config) Logits(scope *model.Scope, x *Node) *Node {
	c = c.withDefaults()
	d := x.Shape().Dimensions
	if len(d) != 5 || d[4] != 1 {
		panic(fmt.Errorf("video: clips of shape %v: they must be [B,T,H,W,1], one channel", d))
	}
	if err := c.check(); err != nil {
		panic(err)
	}
	flat := func(x *Node) *Node { return Reshape(x, d[0]*d[1], d[2], d[3], x.Shape().Dim(-1)) }
	past := c.past(scope, x)
	past.AssertDims(d[0], d[1], d[2], d[3], 2*c.Channels)
	decoder := scope.In("decoder")
	var seen *Node
	if !c.Independent {
		taps, _ := c.masks()
		seen = taps.Convolve(decoder.In("frame"), flat(x), 4*c.Channels)
	}
	logits := c.decode(decoder, flat(past), nn.Places(x.Graph(), d[2], d[3]), seen, c.see())
	return Reshape(logits, d...)
}

// LogProb is log p(x_t | x_<t) of each frame in nats: x [B,T,H,W,1] → [B,T]. For grey x it is −H(x, σ(logits)), the cross-entropy with x as the target.
func (c Config) LogProb(scope *model.Scope, x *Node) *Node {
	return ReduceSum(dist.BernoulliLogProb(x, c.Logits(scope, x)), 2, 3, 4)
}

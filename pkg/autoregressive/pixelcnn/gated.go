package pixelcnn

import (
	"cmp"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gomlx/compute/dtypes"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/nn"
)

// Gated is the Gated PixelCNN of van den Oord et al. 2016 (https://arxiv.org/abs/1606.05328), for binary images.
//
// Two stacks of convolutions see the past without a gap. The vertical stack v sees all rows above. The horizontal stack h sees the row
// to the left, and is told what v saw:
//
//	v' = gate(W_v * v)                  gate(z) = tanh(z_f) ⊙ σ(z_g),  z = (z_f, z_g)
//	h' = h + W_o · gate(W_h * h + W_vh · (W_v * v))
//
// With classes, each gate's input also gets V·y, y the class as a one-hot vector.
// Deviations: the first layer of each stack is linear, and is also told where the pixel stands, which a deeper model finds out by itself.
type Gated struct {
	Height, Width int // pixels [28]
	Channels      int // features of each stack, p [32]
	Layers        int // gated layers [5]
	First, Kernel int // widths of the first and of the later filters, odd [7, 3]
	Classes       int // classes to condition on; none by default [0]
}

func (c Gated) withDefaults() Gated {
	c.Height, c.Width = cmp.Or(c.Height, 28), cmp.Or(c.Width, 28)
	c.Channels, c.Layers = cmp.Or(c.Channels, 32), cmp.Or(c.Layers, 5)
	c.First, c.Kernel = cmp.Or(c.First, 7), cmp.Or(c.Kernel, 3)
	return c
}

// gate is tanh of the first half of the channels times σ of the second: [..., 2p] → [..., p].
func gate(z *Node) *Node {
	half := Split(z, -1, 2)
	return Mul(Tanh(half[0]), Sigmoid(half[1]))
}

// Logits are of p(x_i = 1 | x_<i, y): x [B,H,W,1] in {0,1}, y [B] int32 or nil → [B,H,W,1]. Pixel i sees no pixel from i on.
func (c Gated) Logits(scope *model.Scope, x, y *Node) *Node {
	c = c.withDefaults()
	reach, far := c.Kernel/2, c.First/2
	above := nn.Box(-far, -1, -far, far)      // first layer: rows strictly above
	left := nn.Box(0, 0, -far, -1)            // first layer: strictly left, the mask A
	vTaps := nn.Box(-reach, 0, -reach, reach) // later: v's own row holds rows above already
	hTaps := nn.Box(0, 0, -reach, 0)          // later: and itself, the mask B

	where := nn.Places(x.Graph(), x.Shape().Dim(1), x.Shape().Dim(2))
	v := Add(above.Convolve(scope.In("first_v"), x, c.Channels), nn.Affine(scope.In("where_v"), where, c.Channels))
	h := Add(left.Convolve(scope.In("first_h"), x, c.Channels), nn.Affine(scope.In("where_h"), where, c.Channels))
	for i := range c.Layers {
		layer := scope.In("layer_%d", i)
		zv := vTaps.Convolve(layer.In("v"), v, 2*c.Channels)
		zh := Add(hTaps.Convolve(layer.In("h"), h, 2*c.Channels), nn.Affine(layer.In("vh"), zv, 2*c.Channels))
		if i < c.Layers-1 {
			v = gate(c.condition(layer.In("yv"), zv, y))
		}
		h = Add(h, nn.Affine(layer.In("out"), gate(c.condition(layer.In("yh"), zh, y)), c.Channels))
	}
	h = nn.Affine(scope.In("head"), nn.ReLU(h), c.Channels)
	return nn.AffineZero(scope.In("logit"), nn.ReLU(h), 1)
}

// condition adds V·y, the same at every pixel: z [B,H,W,2p], y [B].
func (c Gated) condition(scope *model.Scope, z, y *Node) *Node {
	if y == nil {
		return z
	}
	oneHot := OneHot(y, c.Classes, dtypes.Float32)
	v := nn.Weight(scope, z.Graph(), "w", c.Classes, c.Classes, 2*c.Channels)
	return Add(z, InsertAxes(MatMul(oneHot, v), 1, 1))
}

// LogProb is log p(x | y) in nats: x [B,H,W,1] → [B].
func (c Gated) LogProb(scope *model.Scope, x, y *Node) *Node {
	return ReduceSum(dist.BernoulliLogProb(x, c.Logits(scope, x, y)), 1, 2, 3)
}

package pixelcnn

import (
	"cmp"
	"errors"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/nn"
)

// Plain is the first PixelCNN, of van den Oord, Kalchbrenner and Kavukcuoglu 2016 (https://arxiv.org/abs/1601.06759), for binary images.
//
// A convolution whose mask lets through only pixels that came before; then residual blocks whose masks let through the centre as well,
// since the centre's features no longer hold its own pixel:
//
//	h ← W_A * x                                   mask A: rows above, and the row to the left
//	h ← h + W_up · r(W_B * r(W_down · r(h)))      mask B: mask A and the centre;  r = ReLU
//
// Deviation: the first layer is also told where the pixel stands.
//
// It has a blind spot: pixels above and to the right that no path of taps reaches. [Gated] mends that.
type Plain struct {
	Height, Width int // pixels [28]
	Channels      int // features h inside a block; 2h between blocks [16]
	Layers        int // residual blocks [5]
	First, Kernel int // widths of the first and of the later filters, odd [7, 3]
}

func (c Plain) withDefaults() Plain {
	c.Height, c.Width = cmp.Or(c.Height, 28), cmp.Or(c.Width, 28)
	c.Channels, c.Layers = cmp.Or(c.Channels, 16), cmp.Or(c.Layers, 5)
	c.First, c.Kernel = cmp.Or(c.First, 7), cmp.Or(c.Kernel, 3)
	return c
}

// Logits are of p(x_i = 1 | x_<i): x [B,H,W,1] in {0,1} → [B,H,W,1]. Pixel i sees no pixel from i on. Classes are not for this model: y must be nil.
func (c Plain) Logits(scope *model.Scope, x, y *Node) *Node {
	c = c.withDefaults()
	if y != nil {
		panic(errors.New("pixelcnn: the plain model takes no classes: use Gated"))
	}
	where := nn.Places(x.Graph(), x.Shape().Dim(1), x.Shape().Dim(2))
	h := Add(nn.MaskA(c.First).Convolve(scope.In("first"), x, 2*c.Channels), nn.Affine(scope.In("where"), where, 2*c.Channels))
	for i := range c.Layers {
		block := scope.In("block_%d", i)
		down := nn.Affine(block.In("down"), nn.ReLU(h), c.Channels)
		seen := nn.MaskB(c.Kernel).Convolve(block.In("masked"), nn.ReLU(down), c.Channels)
		h = Add(h, nn.Affine(block.In("up"), nn.ReLU(seen), 2*c.Channels))
	}
	h = nn.Affine(scope.In("head"), nn.ReLU(h), c.Channels)
	return nn.AffineZero(scope.In("logit"), nn.ReLU(h), 1)
}

// LogProb is log p(x) in nats: x [B,H,W,1] → [B].
func (c Plain) LogProb(scope *model.Scope, x, y *Node) *Node {
	return ReduceSum(dist.BernoulliLogProb(x, c.Logits(scope, x, y)), 1, 2, 3)
}

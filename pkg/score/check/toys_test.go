package check

import (
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score"
)

func open(t testing.TB) compute.Backend {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e.Backend
}

// stack is a small PixelCNN: one convolution for each list of taps, rectifiers between, and a 1×1 on top that starts at zero.
func stack(layers ...nn.Taps) Logits {
	return func(scope *model.Scope, x *Node) *Node {
		for l, taps := range layers {
			x = taps.Convolve(scope.In("layer%d", l), x, 6)
			x = Max(x, ZerosLike(x))
		}
		return nn.AffineZero(scope.In("top"), x, 1)
	}
}

var (
	right  = stack(nn.MaskA(3), nn.MaskB(3))
	maskB  = stack(nn.MaskB(3), nn.MaskB(3))
	twoA   = stack(nn.MaskA(3), nn.MaskA(3))
	ahead  = stack(append(nn.MaskA(3), nn.Tap{Row: 0, Col: 1}), nn.MaskB(3))
	below  = stack(transposed(nn.MaskA(3)), transposed(nn.MaskB(3)))
	dense  = Logits(denseLogits)
	leaky  = Logits(func(s *model.Scope, x *Node) *Node { return Add(right(s, x), MulScalar(x, 1e-6)) })
	blinks = Logits(func(_ *model.Scope, x *Node) *Node { return Log(AddScalar(Mul(x, ZerosLike(x)), -1)) })
)

func transposed(taps nn.Taps) nn.Taps {
	var out nn.Taps
	for _, tap := range taps {
		out = append(out, nn.Tap{Row: tap.Col, Col: tap.Row})
	}
	return out
}

// swapped reads the image with height and width exchanged, which keeps it causal and gives every pixel the wrong neighbours. On square images it is right.
func swapped(scope *model.Scope, x *Node) *Node {
	d := x.Shape().Dimensions
	return Reshape(right(scope, Reshape(x, d[0], d[2], d[1], 1)), d...)
}

// denseLogits sees every earlier pixel: one product with a strictly triangular matrix.
func denseLogits(scope *model.Scope, x *Node) *Node {
	g, dims := x.Graph(), x.Shape().Dimensions
	n := dims[1] * dims[2]
	mask := make([][]float32, n)
	for j := range mask {
		mask[j] = make([]float32, n)
		for i := j + 1; i < n; i++ {
			mask[j][i] = 1
		}
	}
	w := Mul(nn.Weight(scope, g, "w", n, n, n), Const(g, mask))
	return Reshape(MatMul(Reshape(x, dims[0], n), w), dims...)
}

// logProbOf is the Bernoulli log-probability with these logits.
func logProbOf(logits Logits) score.LogProb {
	return func(scope *model.Scope, x *Node) *Node {
		return ReduceSum(pixelLogProb(x, logits(scope, x)), 1, 2, 3)
	}
}

func pixelLogProb(x, l *Node) *Node {
	abs := Abs(l)
	softplus := Add(Log1p(Exp(Neg(abs))), MulScalar(Add(l, abs), 0.5))
	return Sub(Mul(x, l), softplus)
}

// wants fails unless err is nil for an empty says, or one line of this package that holds says.
func wants(t *testing.T, name string, err error, says string) {
	t.Helper()
	switch {
	case says == "" && err != nil:
		t.Errorf("%s: %v, want no error", name, err)
	case says != "" && err == nil:
		t.Errorf("%s: no error, want %q", name, says)
	case says != "" && (!strings.HasPrefix(err.Error(), "check: ") || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n")):
		t.Errorf("%s: %v, want one line of package check with %q", name, err, says)
	case says != "":
		t.Log(err)
	}
}

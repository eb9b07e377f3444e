package video

import (
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score/check"
)

// The first unit of the decoder, with the frame itself in what it carries: its four convolutions are masked, and yet each pixel is told itself, since g₂ ⊙ h goes past the mask.
// That mistake must be found, so that the network's passing the same check means something; and without the frame in the carry there must be nothing to find.
func TestFirstUnitLeaksByItsCarry(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	unit := func(carry func(scope *model.Scope, x *Node) *Node) check.Logits {
		return func(scope *model.Scope, x *Node) *Node {
			z := nn.MaskA(3).Convolve(scope.In("frame"), x, 4*5)
			return nn.Affine(scope.In("logit"), multiplicative(z, carry(scope.In("carry"), x)), 1)
		}
	}
	wrong := unit(func(scope *model.Scope, x *Node) *Node { return nn.Affine(scope, x, 5) })
	err = check.Causal(e.Backend, model.NewStore(), wrong, 4, 5)
	if err == nil || !strings.Contains(err.Error(), "mask A") {
		t.Errorf("the frame in the carry: %v, want the leak of a pixel into its own prediction", err)
	}
	if err := check.Normalised(e.Backend, model.NewStore(), func(scope *model.Scope, x *Node) *Node {
		p := Sigmoid(wrong(scope, x))
		return ReduceSum(Log(Add(Mul(x, p), Mul(OneMinus(x), OneMinus(p)))), 1, 2, 3)
	}, 3, 3, 2, 1e-5); err == nil {
		t.Error("the frame in the carry: the probabilities sum to one")
	}
	right := unit(func(scope *model.Scope, x *Node) *Node { // what the past tells is the same for every image here
		return nn.Affine(scope, nn.Places(x.Graph(), x.Shape().Dim(1), x.Shape().Dim(2)), 5)
	})
	if err := check.Causal(e.Backend, model.NewStore(), right, 4, 5); err != nil {
		t.Error(err)
	}
}

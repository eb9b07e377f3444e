package check_test

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score/check"
)

func ExampleCausal() {
	backend := engine.Must().Backend
	// A convolution that forgot its mask: it looks at all nine places.
	logits := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return nn.Box(-1, 1, -1, 1).Convolve(scope, x, 1)
	}
	fmt.Println(check.Causal(backend, model.NewStore(), logits, 3, 5))
	// Output:
	// check: logits at pixel (0,0) change when that pixel itself changes: the first layer must not see its own pixel (mask A)
}

func ExampleReceptiveField() {
	backend := engine.Must().Backend
	plain := func(scope *model.Scope, x *graph.Node) *graph.Node {
		hidden := nn.MaskA(3).Convolve(scope.In("first"), x, 4)
		return nn.MaskB(3).Convolve(scope.In("second"), hidden, 1)
	}
	field, err := check.ReceptiveField(backend, model.NewStore(), plain, 5, 5, 4*5+1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(field) // of the pixel (4,1); the wedge on the right above it is the blind spot
	// Output:
	// · · · · ·
	// · · · · ·
	// ■ ■ ■ ■ ·
	// ■ ■ ■ · ·
	// ■ · · · ·
}

func ExampleReach() {
	fmt.Println(check.Reach(nn.MaskA(3), nn.MaskB(3))(3, 5, 2*5+2))
	// Output:
	// ■ ■ ■ ■ ■
	// ■ ■ ■ ■ ·
	// ■ ■ · · ·
}

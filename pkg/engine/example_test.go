package engine_test

import (
	"fmt"
	"os"

	"github.com/curious-go/curious/pkg/engine"
	. "github.com/gomlx/gomlx/core/graph"
)

func ExampleOpen() {
	os.Setenv("CURIOUS_ENGINE", "go") // so that this is the same on all machines; mostly it is left to set-up
	e, err := engine.Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Kind, e.Device)
	fmt.Println(MustExecOnce(e.Backend, func(x *Node) *Node { return ReduceAllSum(x) }, []float32{1, 2, 3}))
	// Output:
	// go cpu
	// float32(6)
}

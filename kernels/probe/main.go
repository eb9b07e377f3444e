// Probe opens the engine as a cell would and measures one product; `curious doctor` runs it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/curious-go/curious/pkg/engine"
)

// size is that of the square matrices multiplied: large enough to be bound by arithmetic, small enough for a second on the slowest engine.
const size = 2048

func main() {
	e, err := engine.Open()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	rate, err := e.GFLOPS(size)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"engine": e.String(), "kind": e.Kind, "why": e.Why, "gflops": rate, "size": size}); err != nil {
		os.Exit(1)
	}
}

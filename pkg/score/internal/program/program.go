// Package program compiles what a model computes and runs it, so that whatever goes wrong, in a reader's function too, comes back as an error of one line.
package program

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Program is a graph function with its store, compiled once for each shape of its inputs.
type Program struct {
	exec     *model.Exec
	panicked error // what the graph function panicked with last
}

// New is a program of the inputs, whose outputs are float32. Close it after use.
func New(backend compute.Backend, store *model.Store, build func(scope *model.Scope, inputs []*graph.Node) []*graph.Node) (*Program, error) {
	if backend == nil || store == nil {
		return nil, errors.New("no backend or no store: open one with engine.Open, make the other with model.NewStore")
	}
	p := new(Program)
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, inputs []*graph.Node) []*graph.Node {
		// Exec hangs at its end after a panic with anything but an error.
		defer func() {
			if r := recover(); r != nil {
				p.panicked = fmt.Errorf("%v", r)
				panic(p.panicked)
			}
		}()
		outputs := build(scope, inputs)
		for _, out := range outputs {
			if out.DType() != dtypes.Float32 {
				panic(fmt.Errorf("an output is %v, not float32", out.DType()))
			}
		}
		return outputs
	})
	p.exec = exec
	return p, err
}

// Compile builds the program for float32 inputs of these dimensions without running it, so that its variables are there.
func (p *Program) Compile(dims ...[]int) error {
	inputs := make([]shapes.Shape, len(dims))
	for i, d := range dims {
		inputs[i] = shapes.Make(dtypes.Float32, d...)
	}
	_, err := p.exec.Compile(inputs...)
	return p.plain(err)
}

// Call runs the program. The inputs are freed.
func (p *Program) Call(inputs ...*tensors.Tensor) (outputs [][]float32, err error) {
	args := make([]any, len(inputs))
	for i, input := range inputs {
		args[i] = input
		defer input.FinalizeAll()
	}
	defer func() {
		if r := recover(); r != nil {
			outputs, err = nil, p.plain(fmt.Errorf("%v", r))
		}
	}()
	results, err := p.exec.Call(args...)
	if err != nil {
		return nil, p.plain(err)
	}
	for _, result := range results {
		if err := result.ConstFlatData(func(flat any) {
			outputs = append(outputs, append([]float32(nil), flat.([]float32)...))
		}); err != nil {
			return nil, p.plain(err)
		}
		result.FinalizeAll()
	}
	return outputs, nil
}

// plain is err on one line, without the layers that Exec wraps around what the graph function panicked with.
func (p *Program) plain(err error) error {
	if err == nil {
		return nil
	}
	if p.panicked != nil {
		err = p.panicked
		p.panicked = nil
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}

// Close frees what was compiled.
func (p *Program) Close() { p.exec.Finalize() }

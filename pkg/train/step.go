package train

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/nn"
)

// modelScope and averageScope keep the model's weights, and their running average, apart from the optimiser's state.
const (
	modelScope   = "model"
	averageScope = "average"
)

// Part is one named number of a training step, in nats unless its name says otherwise.
type Part struct {
	Name  string
	Value *Node // scalar
}

// Objective builds what is minimised, a scalar of mean nats per example, and the parts of it that are worth a curve.
type Objective func(scope *model.Scope, batch []*Node) (loss *Node, parts []Part)

// stepper runs one training step at a time: gradient, clipping, optimiser, average of the weights, all in one program.
type stepper struct {
	exec  *model.Exec
	names []string // of the parts
}

// numbers are what a step reports.
type numbers struct {
	Loss, GradNorm float64
	Parts          []float64
}

func newStepper(backend compute.Backend, store *model.Store, task *Task) (*stepper, error) {
	s := &stepper{}
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
		defer locate()
		g := inputs[0].Graph()
		rate, batch := inputs[0], inputs[1:]
		scope.Store().SetTraining(g, true)
		weights := scope.In(modelScope)
		outputs, names := task.outputs(weights, batch)
		loss := outputs[0]
		gradients := weights.BuildTrainableVariablesGradientsGraph(loss)
		if len(gradients) == 0 {
			panic(errors.New("the loss depends on no trainable weight"))
		}
		gradients, norm := clipByNorm(gradients, task.ClipNorm)
		optimizer.LearningRateVar(weights, dtypes.Float32, 0).SetNodeValue(rate)
		task.optimizer().UpdateGraphWithGradients(weights, gradients, loss.DType())
		zeroState(scope.Store())
		if task.Average > 0 {
			average(scope, g, task.Average)
		}
		s.names = names
		return append([]*Node{norm}, outputs...)
	})
	if err != nil {
		return nil, fmt.Errorf("train: preparing the step: %w", err)
	}
	s.exec = exec
	return s, nil
}

// outputs are the objective's numbers, the loss and its parts, all float32 scalars, and the parts' names.
func (t *Task) outputs(scope *model.Scope, batch []*Node) (values []*Node, names []string) {
	loss, parts := t.Objective(scope, batch)
	values = []*Node{scalar("loss", loss)}
	for _, part := range parts {
		values, names = append(values, scalar(part.Name, part.Value)), append(names, part.Name)
	}
	return values, names
}

func scalar(name string, value *Node) *Node {
	switch {
	case value == nil:
		panic(fmt.Errorf("the objective's %s is nil", name))
	case !value.IsScalar():
		panic(fmt.Errorf("the objective's %s must be one number, such as a mean over the batch, and is %s", name, value.Shape()))
	}
	return ConvertDType(value, dtypes.Float32)
}

// run takes one step on the batch at the given learning rate. It frees the batch's tensors.
func (s *stepper) run(rate float64, batch []*tensors.Tensor) (n numbers, err error) {
	defer caught(&err)
	defer freeTensors(batch)
	inputs := []any{float32(rate)}
	for _, t := range batch {
		inputs = append(inputs, t)
	}
	outputs, err := s.exec.Call(inputs...)
	if err != nil {
		return numbers{}, err
	}
	values := scalars(outputs)
	return numbers{Loss: values[1], GradNorm: values[0], Parts: values[2:]}, nil
}

// scalars fetches float32 scalars and frees them.
func scalars(outputs []*tensors.Tensor) []float64 {
	defer freeTensors(outputs)
	values := make([]float64, len(outputs))
	for i, t := range outputs {
		values[i] = float64(tensors.ToScalar[float32](t))
	}
	return values
}

// freeTensors releases the memory of tensors at once, on the device too.
func freeTensors(ts []*tensors.Tensor) {
	for _, t := range ts {
		if t != nil {
			t.FinalizeAll()
		}
	}
}

// clipByNorm scales all gradients together so that their joint norm is at most limit (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063).
// No limit, 0, leaves them alone. The norm before clipping is returned too.
func clipByNorm(gradients []*Node, limit float64) ([]*Node, *Node) {
	var squares *Node
	for _, gradient := range gradients {
		square := ReduceAllSum(Square(gradient))
		if squares == nil {
			squares = square
		} else {
			squares = Add(squares, square)
		}
	}
	norm := Sqrt(squares)
	if limit <= 0 {
		return gradients, norm
	}
	scale := Div(ConstAs(norm, limit), MaxScalar(norm, limit))
	clipped := make([]*Node, len(gradients))
	for i, gradient := range gradients {
		clipped[i] = Mul(gradient, scale)
	}
	return clipped, norm
}

// average keeps a running mean of the weights, which scores better than the last ones: ā ← d·ā + (1−d)·w, with d small while the run is young
// (Polyak and Juditsky 1992). d = min(decay, (1+t)/(10+t)).
func average(scope *model.Scope, g *Graph, decay float64) {
	step := ConvertDType(optimizer.GetGlobalStepVar(scope).NodeValue(g), dtypes.Float32)
	young := Div(AddScalar(step, 1), AddScalar(step, 10))
	d := MinScalar(young, decay)
	if err := scope.Store().InitializeVariables(g.Backend(), nil); err != nil { // those of GoMLX's own layers; ours have values
		panic(err)
	}
	for _, v := range weightsOf(scope.Store()) {
		if !v.Trainable || !v.InUseByGraph(g) {
			continue
		}
		mean := scope.Store().GetVariable(averagePath(v))
		if mean == nil {
			mean = scope.Store().VariableWithValue(averagePath(v), must(v.MustValue().LocalClone())).SetTrainable(false)
		}
		mean.SetNodeValue(Add(Mul(d, mean.NodeValue(g)), Mul(OneMinus(d), v.NodeValue(g))))
	}
}

// must hands an error to GoMLX, which turns panics of a graph's making into errors of its execution.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func averagePath(v *model.Variable) string { return "/" + averageScope + v.Path() }

// weightsOf lists the model's variables, trainable or not, in the order of their making.
func weightsOf(store *model.Store) []*model.Variable {
	var weights []*model.Variable
	for v := range store.Scope("/" + modelScope).IterVariables() {
		if !strings.HasPrefix(v.Path(), "/"+modelScope+"/"+optimizer.Scope+"/") {
			weights = append(weights, v)
		}
	}
	return weights
}

// zeroState fills the optimiser's new variables here, all of which start at zero: it spares compiling a program that does so.
func zeroState(store *model.Store) {
	for v := range store.IterVariables() {
		if !v.HasValue() && !strings.HasPrefix(v.Path(), "/"+modelScope+"/") {
			if err := v.SetValue(tensors.FromShape(v.Shape())); err != nil {
				panic(err)
			}
		}
	}
}

// newStore makes an empty store whose weights and random numbers come from the seed.
func newStore(seed int64) (*model.Store, error) {
	store := model.NewStore()
	store.SetParams(map[string]any{nn.SeedParam: seed, model.ParamInitialSeed: seed})
	if err := store.SetRNGStateFromSeed(seed); err != nil {
		return nil, fmt.Errorf("train: seeding: %w", err)
	}
	return store, nil
}

// Steps prepares a task without a folder and returns a function that takes its next step and gives back the loss, for benchmarks and tests.
func Steps(e *engine.Engine, task Task) (func(step int) (float64, error), error) {
	if err := task.check(); err != nil {
		return nil, err
	}
	store, err := newStore(task.Seed)
	if err != nil {
		return nil, err
	}
	s, err := newStepper(e.Backend, store, &task)
	if err != nil {
		return nil, err
	}
	return func(step int) (float64, error) {
		n, err := s.run(task.Rate.At(step, task.Steps), task.Batch(step))
		return n.Loss, err
	}, nil
}

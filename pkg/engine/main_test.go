package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// What a test says of an engine it wants in a process of its own: the test's binary is started again, with a task.
const taskVariable = "CURIOUS_ENGINE_TEST_TASK"

func TestMain(m *testing.M) {
	if os.Getenv(taskVariable) == "" {
		os.Exit(m.Run())
	}
	if err := runTask(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// task is what a child process does, and report what it says, in a file, since its output is tested to be empty.
type task struct {
	Config convolution
	Steps  int
	Report string
}

type report struct {
	Engine    string
	Kind, Why string
	Open      time.Duration // opening the engine
	First     time.Duration // from opening to the end of the first step
	Losses    []float32
}

func runTask() error {
	var t task
	if err := json.Unmarshal([]byte(os.Getenv(taskVariable)), &t); err != nil {
		return err
	}
	start := time.Now()
	e, err := Open()
	if err != nil {
		return err
	}
	r := report{Engine: e.String(), Kind: e.Kind, Why: e.Why, Open: time.Since(start)}
	if t.Steps > 0 {
		step, err := t.Config.trainer(e.Backend)
		if err != nil {
			return err
		}
		for range t.Steps {
			loss, err := step()
			if err != nil {
				return err
			}
			if r.Losses == nil {
				r.First = time.Since(start)
			}
			r.Losses = append(r.Losses, loss)
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(t.Report, text, 0o600)
}

// child runs a task in a process with these environment variables besides its own, and kills it after limit.
// It reports what the process wrote on stdout and stderr.
func child(t task, limit time.Duration, env ...string) (r report, output string, err error) {
	file, err := os.CreateTemp("", "engine-report")
	if err != nil {
		return r, "", err
	}
	file.Close()
	defer os.Remove(file.Name())
	t.Report = file.Name()
	text, err := json.Marshal(t)
	if err != nil {
		return r, "", err
	}
	cmd := exec.Command(os.Args[0])
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "CURIOUS_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(append(cmd.Env, env...), taskVariable+"="+string(text))
	watchdog := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	out, err := cmd.CombinedOutput()
	if !watchdog.Stop() {
		return r, string(out), fmt.Errorf("killed by the watchdog after %v", limit)
	}
	if err != nil {
		return r, string(out), err
	}
	text, err = os.ReadFile(t.Report)
	if err != nil {
		return r, string(out), err
	}
	return r, string(out), json.Unmarshal(text, &r)
}

// xlaPlugin is the plugin that set-up made known for the CPU. Where there is none, the test is skipped, but not under `go run . test`.
func xlaPlugin(t testing.TB) string {
	t.Helper()
	plugins, err := installed()
	if hasXLA && err == nil && plugins["cpu"] != "" {
		return plugins["cpu"]
	}
	if os.Getenv("CURIOUS_TEST_FULL") != "" {
		t.Fatalf("no XLA: built in: %v, plugins: %v, %v", hasXLA, plugins, err)
	}
	if !hasXLA {
		t.Skip("this test is built without XLA: " + openRemedy)
	}
	t.Skip("no XLA plugin is set up: `go run . lab` gets it")
	return ""
}

// convolution is a stack of gated convolutions that predicts a noisy picture's blurred self: small enough for a test, with all that a PixelCNN's step has.
type convolution struct{ Batch, Size, Channels, Layers int }

var (
	small     = convolution{Batch: 8, Size: 12, Channels: 8, Layers: 2}
	reference = convolution{Batch: 32, Size: 28, Channels: 32, Layers: 5} // as large as the reference Gated PixelCNN
)

func (c convolution) forward(scope *model.Scope, x *Node) *Node {
	x = c.layer(scope.In("in"), x, c.Channels)
	for i := range c.Layers {
		at := scope.In("layer%d", i)
		gate := Sigmoid(c.layer(at.In("gate"), x, c.Channels))
		x = Add(x, Mul(gate, Tanh(c.layer(at.In("value"), x, c.Channels))))
	}
	return c.layer(scope.In("out"), x, 1)
}

// layer is a 3×3 convolution, its weights drawn on the host.
func (c convolution) layer(scope *model.Scope, x *Node, outputs int) *Node {
	inputs := x.Shape().Dimensions[3]
	random := rand.New(rand.NewPCG(uint64(inputs), uint64(outputs)))
	weights := make([]float32, 9*inputs*outputs)
	for i := range weights {
		weights[i] = float32(random.NormFloat64() / math.Sqrt(float64(9*inputs)))
	}
	w := scope.VariableWithValue("weights", tensors.FromFlatDataAndDimensions(weights, 3, 3, inputs, outputs))
	return Convolve(x, w.NodeValue(x.Graph())).PadSame().Done()
}

// trainer returns a function that takes one step of Adam, always on the same batch.
func (c convolution) trainer(backend compute.Backend) (func() (float32, error), error) {
	store := model.NewStore()
	step, err := model.NewExec(backend, store, func(scope *model.Scope, x *Node) *Node {
		scope.Store().SetTraining(x.Graph(), true)
		target := Div(Add(Add(x, Reverse(x, 1)), Reverse(x, 2)), Const(x.Graph(), float32(3)))
		loss := ReduceAllMean(Square(Sub(c.forward(scope, StopGradient(x)), StopGradient(target))))
		optimizer.LearningRateVar(scope, dtypes.Float32, 0.01)
		optimizer.Adam().Done().UpdateGraph(scope, x.Graph(), loss)
		return loss
	})
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(3, 4))
	pixels := make([]float32, c.Batch*c.Size*c.Size)
	for i := range pixels {
		pixels[i] = random.Float32()
	}
	x := tensors.FromFlatDataAndDimensions(pixels, c.Batch, c.Size, c.Size, 1)
	return func() (float32, error) {
		results, err := step.Call(x)
		if err != nil {
			return 0, err
		}
		defer results[0].MustFinalizeAll()
		return tensors.ToScalar[float32](results[0]), nil
	}, nil
}

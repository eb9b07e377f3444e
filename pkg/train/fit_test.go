package train_test

import (
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"

	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

func TestFitAndOpen(t *testing.T) {
	runs := t.TempDir()
	t.Setenv("CURIOUS_RUNS", runs)
	var config map[string]int
	_, err := train.Open("noisy", "quick", &config)
	clean(t, err, "nothing was trained yet", "run the cell that calls Fit first")
	_, err = train.Open("noisy", "quik", &config)
	clean(t, err, `unknown preset "quik"`, "quick, laptop and paper")

	run, err := train.Fit(noisy())
	if err != nil {
		t.Fatal(err)
	}
	if !run.Done() {
		t.Errorf("at step %d", run.Step)
	}
	steps := 0
	task := noisy()
	task.Batch = func(step int) []*tensors.Tensor { steps++; return noisy().Batch(step) }
	if _, err := train.Fit(task); err != nil || steps > 0 {
		t.Errorf("a second call took %d steps: %v", steps, err)
	}
	again, err := train.Open("noisy", "quick", &config)
	if err != nil {
		t.Fatal(err)
	}
	if config["Hidden"] != 16 || again.Step != 12 {
		t.Errorf("opened %v at step %d", config, again.Step)
	}
	for _, path := range []string{"/up/w", "/up/b", "/down/w", "/down/b"} {
		a, b := run.Store.GetVariable(path), again.Store.GetVariable(path)
		if a == nil || b == nil || !a.MustValue().Equal(b.MustValue()) {
			t.Errorf("%s: trained %v, opened %v", path, a, b)
		}
	}
	drawn := 0
	for range 2 {
		err := again.KeepOnce("digits", func() (show.Figure, error) {
			drawn++
			return show.Grid{Images: []image.Image{onePixel()}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(runs, "noisy-quick", "samples", "digits-step-00000012.png")); err != nil || drawn != 1 {
		t.Errorf("drawn %d times, kept: %v", drawn, err)
	}

	_, err = model.CallOnce(again.Backend, again.Store, func(scope *model.Scope, x *Node) *Node {
		return nn.Affine(scope.In("other"), x, 3) // a layer the run does not have
	}, [][]float32{{1, 2}})
	if err == nil || !strings.Contains(err.Error(), "another model's") {
		t.Errorf("a layer of another model was drawn at random: %v", err)
	}
}

// Layers of GoMLX's own draw their weights on the engine, and have states that no gradient moves: both are averaged, kept and found again as they are.
func TestForeignLayers(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	task := noisy()
	task.Objective = func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
		x := batch[0]
		layer := scope.In("foreign")
		w := layer.VariableWithShape("w", shapes.Make(dtypes.Float32, 4, 4))
		scale := scope.In("scale").WithInitializer(initializer.One).VariableWithShape("s", shapes.Make(dtypes.Float32)).SetTrainable(false)
		s := scale.NodeValue(x.Graph())
		if scope.Store().IsTraining(x.Graph()) {
			scale.SetNodeValue(MulScalar(s, 2))
		}
		return ReduceAllMean(Square(Sub(MatMul(x, w.NodeValue(x.Graph())), Mul(s, x)))), nil
	}
	task.Rate.Peak, task.Steps = 1e-3, 5
	run, err := train.Fit(task)
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]int
	again, err := train.Open("noisy", "quick", &config)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*train.Run{run, again} {
		w, s := r.Store.GetVariable("/foreign/w"), r.Store.GetVariable("/scale/s")
		if w == nil || s == nil || s.Trainable {
			t.Fatalf("kept %v and %v", w, s)
		}
		if got := tensors.ToScalar[float32](s.MustValue()); got != 32 { // 1, doubled five times
			t.Errorf("the state is %g", got)
		}
		if !w.MustValue().Equal(run.Store.GetVariable("/foreign/w").MustValue()) {
			t.Error("the weights differ")
		}
	}
}

func TestRefused(t *testing.T) {
	runs := t.TempDir()
	t.Setenv("CURIOUS_RUNS", runs)
	if _, err := train.Fit(noisy()); err != nil {
		t.Fatal(err)
	}
	changed := noisy()
	changed.Seed, changed.Rate.Peak, changed.Config = 1<<60+1, 0.5, map[string]int{"Hidden": 32}
	_, err := train.Fit(changed)
	clean(t, err, "config.Hidden: 16, now 32", "rate.Peak: 0.01, now 0.5", "seed: 7, now 1152921504606846977", "another Name")

	var other struct{ Layers int } // another model's configuration
	_, err = train.Open("noisy", "quick", &other)
	clean(t, err, "another model's", `unknown field "Hidden"`)

	bad := map[string]struct {
		change func(*train.Task)
		want   string
	}{
		"preset":      {func(t *train.Task) { t.Preset = "huge" }, `unknown preset "huge": there are quick, laptop and paper`},
		"name":        {func(t *train.Task) { t.Name = "../x" }, "lower-case letters"},
		"steps":       {func(t *train.Task) { t.Steps = 0 }, "at least one"},
		"no batch":    {func(t *train.Task) { t.Batch = nil }, "needs Batch"},
		"rate":        {func(t *train.Task) { t.Rate.Peak = math.NaN() }, "above zero"},
		"decay":       {func(t *train.Task) { t.Average = 1 }, "decay"},
		"not JSON":    {func(t *train.Task) { t.Config = math.Inf(1) }, "configuration"},
		"empty batch": {func(t *train.Task) { t.Batch = func(int) []*tensors.Tensor { return nil } }, "holds no tensors"},
		"bad batch":   {func(t *train.Task) { t.Batch = func(int) []*tensors.Tensor { panic("no such image") } }, "no such image (fit_test.go:"},
		"bad shapes": {func(t *train.Task) {
			t.Objective = func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
				w := nn.Weight(scope, batch[0].Graph(), "w", 9, 9, 9)
				return ReduceAllMean(MatMul(batch[0], w)), nil
			}
		}, "(fit_test.go:"},
		"shape of a layer": {func(t *train.Task) {
			t.Objective = func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
				nn.Affine(scope.In("a"), batch[0], 3)
				return ReduceAllMean(nn.Affine(scope.Shared("a"), batch[0], 5)), nil
			}
		}, "(fit_test.go:"},
		"panic": {func(t *train.Task) {
			t.Objective = func(*model.Scope, []*Node) (*Node, []train.Part) { panic("not yet written") }
		}, "not yet written (fit_test.go:"},
		"nil loss": {func(t *train.Task) {
			t.Objective = func(*model.Scope, []*Node) (*Node, []train.Part) { return nil, nil }
		}, "loss is nil"},
		"vector of losses": {func(t *train.Task) {
			t.Objective = func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
				return ReduceMean(nn.Affine(scope, batch[0], 3), 1), nil
			}
		}, "loss must be one number"},
		"no weights": {func(t *train.Task) {
			t.Objective = func(_ *model.Scope, batch []*Node) (*Node, []train.Part) { return ReduceAllMean(batch[0]), nil }
		}, "step 1: the loss depends on no trainable weight;"},
		"NaN": {func(t *train.Task) {
			good := t.Batch
			t.Batch = func(step int) []*tensors.Tensor {
				if step == 4 {
					x := float32(math.NaN())
					return []*tensors.Tensor{tensors.FromFlatDataAndDimensions([]float32{x, x, x, x, x, x, x, x}, 2, 4)}
				}
				return good(step)
			}
		}, "loss was not finite at step 5; no checkpoint was saved yet"},
		"infinite validation": {func(t *train.Task) {
			t.Valid[1] = func() []*tensors.Tensor {
				return []*tensors.Tensor{tensors.FromFlatDataAndDimensions([]float32{1e30, 1, 1, 1}, 1, 4)}
			}
		}, "validation loss was not finite at step 5"},
		"validation panics": {func(t *train.Task) { t.Valid[0] = func() []*tensors.Tensor { panic("no such file") } }, "validating at step 5: no such file"},
	}
	for name, test := range bad {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CURIOUS_RUNS", t.TempDir())
			task := noisy()
			test.change(&task)
			_, err := train.Fit(task)
			clean(t, err, test.want)
		})
	}
}

// What was saved before the numbers went wrong is named, and still opens.
func TestNotFiniteKeepsTheLastGood(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	train.SaveEvery(0)
	defer train.SaveEvery(30e9)
	task := noisy()
	task.Batch = func(step int) []*tensors.Tensor {
		batch := noisy().Batch(step)
		if step == 6 {
			batch[0] = tensors.FromFlatDataAndDimensions([]float32{float32(math.Inf(1)), 0, 0, 0}, 1, 4)
		}
		return batch
	}
	_, err := train.Fit(task)
	clean(t, err, "not finite at step 7", "the last good checkpoint is ", "step-00000006.safetensors", "another Name")
	var config map[string]int
	if run, err := train.Open("noisy", "quick", &config); err != nil || run.Step != 6 {
		t.Errorf("%v, %v", run, err)
	}
}

func TestDamagedCheckpoints(t *testing.T) {
	runs := t.TempDir()
	runChild(t, runs, "CURIOUS_ENGINE=go", "STOP=5")
	runChild(t, runs, "CURIOUS_ENGINE=go", "STOP=9")
	files, _ := filepath.Glob(filepath.Join(runs, "noisy-quick", "checkpoints", "step-*"))
	if len(files) != 2 {
		t.Fatal(files)
	}
	if err := os.Truncate(files[1], 300); err != nil {
		t.Fatal(err)
	}
	out := runChild(t, runs, "CURIOUS_ENGINE=go", "STOP=7")
	for _, want := range []string{"step-00000009.safetensors cannot be read", "taking the one before, step-00000005", "going on from step 5 of 12"} {
		if !strings.Contains(out, want) {
			t.Errorf("the reader is not told %q:\n%s", want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(runs, "noisy-quick", "checkpoints", "damaged-step-00000009.safetensors")); err != nil {
		t.Errorf("the damaged one was not put aside: %v", err)
	}
	whole := t.TempDir()
	runChild(t, runs, "CURIOUS_ENGINE=go")
	runChild(t, whole, "CURIOUS_ENGINE=go")
	same(t, whole, runs)

	files, _ = filepath.Glob(filepath.Join(runs, "noisy-quick", "checkpoints", "step-*"))
	for _, file := range files {
		if err := os.WriteFile(file, []byte("not a checkpoint at all"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CURIOUS_RUNS", runs)
	_, err := train.Fit(noisy())
	clean(t, err, "none of the", "remove "+filepath.Join(runs, "noisy-quick")+" to train anew")
}

func TestRunsCannotBeWritten(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	folders := map[string]string{"a file": filepath.Join(blocked, "runs")}
	readOnly := t.TempDir()
	if os.Geteuid() != 0 {
		if err := os.Chmod(readOnly, 0o500); err != nil {
			t.Fatal(err)
		}
		folders["read-only"] = readOnly
	} else if mount(t, readOnly, syscall.MS_RDONLY, "") {
		folders["read-only"] = readOnly
	}
	for name, folder := range folders {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CURIOUS_RUNS", folder)
			_, err := train.Fit(noisy())
			clean(t, err, "set CURIOUS_RUNS to a folder that may be written")
		})
	}
}

// On a disk of 400 KB the checkpoints of a larger model do not fit, after those of its first steps did.
func TestFullDisk(t *testing.T) {
	runs := t.TempDir()
	if !mount(t, runs, 0, "size=400k") {
		t.Log("without the right to mount a small disk, only the wording is tested, by TestRemedies")
		return
	}
	t.Setenv("CURIOUS_RUNS", runs)
	train.SaveEvery(0)
	defer train.SaveEvery(30e9)
	task := noisy()
	task.Batch = func(step int) []*tensors.Tensor {
		if step == 6 { // the disk fills up meanwhile
			_ = os.WriteFile(filepath.Join(runs, "other"), make([]byte, 1<<20), 0o600)
		}
		return noisy().Batch(step)
	}
	_, err := train.Fit(task)
	clean(t, err, "no space left", "the last good checkpoint is ", "free some space, or set CURIOUS_RUNS")
	if err := os.Remove(filepath.Join(runs, "other")); err != nil {
		t.Fatal(err)
	}
	var config map[string]int
	if run, err := train.Open("noisy", "quick", &config); err != nil || run.Step < 5 {
		t.Errorf("%v, %v", run, err)
	}
	if _, err := train.Fit(noisy()); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

// mount lays a disk of memory over a folder, where that is allowed.
func mount(t *testing.T, dir string, flags uintptr, options string) bool {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		return false
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(fmt.Errorf("unmounting %s: %w", dir, err))
		}
	})
	return true
}

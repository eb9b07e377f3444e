package train_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/curious-go/curious/pkg/train"
)

// newest is the newest checkpoint of the run noisy-quick, and its metrics without the seconds.
func newest(t *testing.T, runs string) (weights []byte, metrics []train.Metric) {
	t.Helper()
	dir := filepath.Join(runs, "noisy-quick")
	files, err := filepath.Glob(filepath.Join(dir, "checkpoints", "step-*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatal("no checkpoint", err)
	}
	slices.Sort(files)
	weights, err = os.ReadFile(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var m train.Metric
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		m.Seconds = 0
		metrics = append(metrics, m)
	}
	return weights, metrics
}

func same(t *testing.T, whole, broken string) {
	t.Helper()
	w, m := newest(t, whole)
	w2, m2 := newest(t, broken)
	if !bytes.Equal(w, w2) {
		t.Error("the last checkpoint differs from the unbroken one")
	}
	if !reflect.DeepEqual(m, m2) {
		t.Errorf("metrics differ from the unbroken ones:\n%v\n%v", m, m2)
	}
}

// A training stopped three times, each time in a process of its own, ends to the bit as an unbroken one does.
func TestStoppedAndResumedIsUnbroken(t *testing.T) {
	for _, e := range engines(t) {
		for name, with := range map[string]string{"adam": "X=", "rmsprop": "RMSPROP=1", "pixelcnn": "CONV=1"} {
			t.Run(e+" "+name, func(t *testing.T) {
				t.Parallel()
				whole, broken := t.TempDir(), t.TempDir()
				env := []string{"CURIOUS_ENGINE=" + e, with}
				runChild(t, whole, env...)
				for _, stop := range []string{"1", "2", "7", "12", "99"} {
					runChild(t, broken, append(env, "STOP="+stop)...)
				}
				same(t, whole, broken)
				want := 12 + 3 // steps, and validations at 5, 10 and 12
				if name == "pixelcnn" {
					want = 12
				}
				if _, metrics := newest(t, broken); len(metrics) != want {
					t.Errorf("%d metrics, want %d", len(metrics), want)
				}
			})
		}
	}
}

// A training that is killed again and again while it saves after every step leaves a run that opens, loses at most what was not saved, leaves
// no litter, and ends as an unbroken one.
func TestKilled(t *testing.T) {
	whole, broken := t.TempDir(), t.TempDir()
	env := []string{"CURIOUS_ENGINE=go", "STEPS=60"}
	runChild(t, whole, env...)
	dir := filepath.Join(broken, "noisy-quick", "checkpoints")
	t.Setenv("CURIOUS_RUNS", broken)
	last := 0
	for kill := range 4 {
		cmd := child("fit", append(env, "CURIOUS_RUNS="+broken, "SAVE=0s", "SLOW=4ms")...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for wait := 0; wait < 3000; wait++ { // until it has saved something new
			files, _ := filepath.Glob(filepath.Join(dir, "step-*.safetensors"))
			slices.Sort(files)
			if len(files) > 0 && files[len(files)-1] > filepath.Join(dir, stepFile(last+2)) {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(kill*1700) * time.Microsecond) // here and there in a step
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		var config map[string]int
		run, err := train.Open("noisy", "quick", &config)
		if err != nil {
			t.Fatal(err)
		}
		if run.Step <= last {
			t.Errorf("after kill %d the run stands at step %d, before it at %d", kill, run.Step, last)
		}
		last = run.Step
		metrics, err := run.Metrics()
		if err != nil {
			t.Fatal(err)
		}
		if n := len(metrics); n == 0 || metrics[n-1].Step < last {
			t.Errorf("the checkpoint of step %d has metrics up to %v", last, metrics[max(0, n-1):])
		}
	}
	litter := filepath.Join(dir, ".step-00000009.safetensors123456") // as a killed write leaves it
	torn := filepath.Join(broken, "noisy-quick", "metrics.jsonl")
	if err := os.WriteFile(litter, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(torn)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(torn, append(text, `{"step":61,"lo`...), 0o600); err != nil {
		t.Fatal(err)
	}
	runChild(t, broken, env...)
	same(t, whole, broken)
	if _, err := os.Stat(litter); err == nil {
		t.Error("the half-written file is still there")
	}
}

func stepFile(step int) string {
	return "step-" + string([]byte{'0', '0', '0', '0', '0', '0', byte('0' + step/10%10), byte('0' + step%10)}) + ".safetensors"
}

// The engine and the seed are told before anything is compiled, then that this takes its time; a run that is done says so.
func TestWhatIsSaid(t *testing.T) {
	runs := t.TempDir()
	lines := strings.Split(runChild(t, runs, "CURIOUS_ENGINE=go"), "\n")
	for i, want := range []string{"noisy-quick: engine: pure Go", "noisy-quick: preparing the first step", "noisy-quick: step 1 of 12"} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d of %q is not %q", i+1, lines, want)
		}
	}
	if !strings.HasSuffix(lines[0], "seed 7") {
		t.Errorf("the seed is not in %q", lines[0])
	}
	if again := runChild(t, runs, "CURIOUS_ENGINE=go"); !strings.Contains(again, "has all of its 12 steps") || strings.Contains(again, "preparing") {
		t.Errorf("of a run that is done: %s", again)
	}
}

// Two processes do not train one run.
func TestLocked(t *testing.T) {
	runs := t.TempDir()
	cmd := child("fit", "CURIOUS_RUNS="+runs, "CURIOUS_ENGINE=go", "SLOW=20ms", "STEPS=400")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	t.Setenv("CURIOUS_RUNS", runs)
	task := noisy()
	task.Steps = 400
	for range 500 {
		if text, _ := os.ReadFile(filepath.Join(runs, "noisy-quick", ".lock")); len(text) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_, err := train.Fit(task)
	clean(t, err, "noisy-quick", "by process ", "stop it there")

	_ = cmd.Process.Signal(os.Interrupt)
}

// A run of the interrupt itself, as ■ sends it: the process says that the weights are kept, and they are.
func TestInterrupted(t *testing.T) {
	runs := t.TempDir()
	cmd := child("signalled", "CURIOUS_RUNS="+runs, "CURIOUS_ENGINE=go", "SLOW=10ms", "STEPS=4000")
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if text, _ := os.ReadFile(filepath.Join(runs, "noisy-quick", "run.json")); len(text) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	err := cmd.Wait()
	if err == nil || !bytes.Contains(out.Bytes(), []byte("the weights are kept")) {
		t.Errorf("%v: %s", err, out.String())
	}
	if took := time.Since(began); took > 5*time.Second { // Jupyter kills what takes longer
		t.Errorf("it took %v", took)
	}
	newest(t, runs)
}

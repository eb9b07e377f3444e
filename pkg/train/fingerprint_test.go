package train_test

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/train"
)

// A fingerprint follows the configuration and every value, shape and path, and nothing else: not the order of making, nor random numbers that were drawn.
func TestFingerprint(t *testing.T) {
	type variable struct {
		path   string
		values []float32
		dims   []int
	}
	of := func(config any, variables ...variable) [32]byte {
		store := model.NewStore()
		for _, v := range variables {
			if _, err := store.CreateVariable(v.path, tensors.FromFlatDataAndDimensions(v.values, v.dims...)); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.SetRNGStateFromSeed(int64(len(variables))); err != nil {
			t.Fatal(err)
		}
		run := train.Run{Settings: train.Settings{Name: "one", Preset: "quick", Config: config}, Store: store}
		sum, err := run.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	a, b := variable{"/a", []float32{1, 2}, []int{2}}, variable{"/b/w", []float32{3}, []int{1}}
	config := map[string]int{"Hidden": 3}
	first := of(config, a, b)
	if of(config, b, a) != first || of(&config, a, b) != first {
		t.Error("it depends on the order of making, or on how the configuration is held")
	}
	sums := [][32]byte{first}
	for name, sum := range map[string][32]byte{
		"configuration": of(map[string]int{"Hidden": 4}, a, b),
		"value":         of(config, a, variable{"/b/w", []float32{4}, []int{1}}),
		"shape":         of(config, variable{"/a", []float32{1, 2}, []int{1, 2}}, b),
		"path":          of(config, a, variable{"/b/v", []float32{3}, []int{1}}),
		"fewer":         of(config, a),
	} {
		if slices.Contains(sums, sum) {
			t.Errorf("another %s gives the same fingerprint", name)
		}
		sums = append(sums, sum)
	}
}

// The run that Fit returns and the one that is opened afterwards are the same model.
func TestFingerprintOfOpened(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	fitted, err := train.Fit(noisy())
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]int
	opened, err := train.Open("noisy", "quick", &config)
	if err != nil {
		t.Fatal(err)
	}
	a, err := fitted.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := opened.Fingerprint(); err != nil || a != b {
		t.Errorf("%x, opened %x, %v", a, b, err)
	}
}

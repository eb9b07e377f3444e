package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
)

// Metric is one line of metrics.jsonl.
type Metric struct {
	Step     int                `json:"step"` // steps taken, from 1
	Loss     float64            `json:"loss"`
	Parts    map[string]float64 `json:"parts,omitempty"`
	GradNorm float64            `json:"grad_norm,omitempty"`
	Rate     float64            `json:"rate,omitempty"`
	Seconds  float64            `json:"seconds,omitempty"` // spent training so far, in all sittings
	Valid    bool               `json:"valid,omitempty"`   // measured on the validation batches with averaged weights
}

// notFinite names a number that is not, if there is one.
func (m Metric) notFinite() string {
	bad := func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }
	where := ""
	if m.Valid {
		where = "validation "
	}
	switch {
	case bad(m.Loss):
		return where + "loss"
	case bad(m.GradNorm):
		return "gradient norm"
	}
	for _, name := range slices.Sorted(maps.Keys(m.Parts)) {
		if bad(m.Parts[name]) {
			return where + name
		}
	}
	return ""
}

// Metrics reads the run's learning curve.
func (r *Run) Metrics() ([]Metric, error) { return readMetrics(r.Dir) }

func readMetrics(dir string) ([]Metric, error) {
	file, err := os.Open(filepath.Join(dir, "metrics.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("train: reading metrics: %w", err)
	}
	defer file.Close()
	var metrics []Metric
	lines := json.NewDecoder(bufio.NewReader(file))
	for {
		var m Metric
		if lines.Decode(&m) != nil {
			return metrics, nil // the end, or the torn last line of a killed training
		}
		metrics = append(metrics, m)
	}
}

// rewriteMetrics keeps what was measured up to a step: a resumed training goes on from its checkpoint, and so must its curve.
func rewriteMetrics(dir string, upTo int) ([]Metric, error) {
	metrics, err := readMetrics(dir)
	if err != nil {
		return nil, err
	}
	metrics = slices.DeleteFunc(metrics, func(m Metric) bool { return m.Step > upTo })
	var text bytes.Buffer
	for _, m := range metrics {
		line, err := json.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("train: writing metrics: %w", err)
		}
		text.Write(append(line, '\n'))
	}
	if err := renameio.WriteFile(filepath.Join(dir, "metrics.jsonl"), text.Bytes(), 0o644, renameio.WithTempDir(dir)); err != nil {
		return nil, fmt.Errorf("train: writing metrics: %w", err)
	}
	return metrics, nil
}

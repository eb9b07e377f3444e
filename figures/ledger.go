package figures

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/train"
)

// Record is a line of the ledger: one drawing of one figure.
type Record struct {
	ID      string  `json:"id"`
	Preset  string  `json:"preset"`
	Seed    int64   `json:"seed"`
	Engine  string  `json:"engine"`
	Machine string  `json:"machine"` // class of machine, not its name
	Minutes float64 `json:"minutes"` // training and drawing
	Rows    []Line  `json:"rows"`
}

// Line is one published number beside one measured.
type Line struct {
	Data      string  `json:"data"`
	Unit      string  `json:"unit"`
	What      string  `json:"what"`
	Published *Number `json:"published,omitempty"`
	Source    string  `json:"source,omitempty"`
	Tolerance float64 `json:"tolerance,omitempty"`
	Measured  *Number `json:"measured,omitempty"`
	Verdict   string  `json:"verdict"`
	Note      string  `json:"note,omitempty"`
}

// Number is a value, its standard error, and whether it is an upper bound.
type Number struct {
	Value  float64 `json:"value"`
	StdErr float64 `json:"std_err,omitempty"`
	Bound  bool    `json:"bound,omitempty"`
}

func (n *Number) String() string {
	if n == nil {
		return "—"
	}
	text := fmt.Sprintf("%.2f", n.Value)
	if n.StdErr == 0 {
		text = strings.TrimSuffix(text, ".00") // a count
	}
	if n.Bound {
		text = "≤ " + text
	}
	if n.StdErr > 0 {
		text += fmt.Sprintf(" ± %.2f", n.StdErr)
	}
	return text
}

func lines(c score.Comparison) []Line {
	var all []Line
	for _, group := range c.Groups {
		for _, row := range group.Rows {
			line := Line{Data: group.On, Unit: group.Unit, What: row.What, Verdict: row.Verdict}
			if p := row.Published; p != nil {
				line.Published, line.Source, line.Tolerance = &Number{Value: p.Value, Bound: p.Bound}, p.Source, p.Tolerance
			}
			if m := row.Measured; m != nil {
				line.Measured, line.Note = &Number{Value: m.Value, StdErr: m.StdErr, Bound: m.Bound}, m.Note
			}
			all = append(all, line)
		}
	}
	return all
}

// check says which number of a record is not finite, if any.
func (r Record) check() error {
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	for _, l := range r.Rows {
		for name, n := range map[string]*Number{"published": l.Published, "measured": l.Measured} {
			if n != nil && (!finite(n.Value) || !finite(n.StdErr)) || !finite(l.Tolerance) {
				return fmt.Errorf("figures: %s at %s: the %s %q (%s) is %v: a table holds finite numbers", r.ID, r.Preset, name, l.What, l.Unit, n)
			}
		}
	}
	return nil
}

// Ledger reads the records, ordered as the figures are. No file is an empty ledger.
func Ledger(folder string) ([]Record, error) {
	path := filepath.Join(folder, "ledger.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("figures: reading the ledger: %w", err)
	}
	var records []Record
	if err := json.Unmarshal(text, &records); err != nil {
		return nil, fmt.Errorf("figures: reading the ledger %s: %w: restore it from the repository", path, err)
	}
	return records, nil
}

// patience is how long a command waits for another one that is writing.
var patience = time.Minute

// locked runs f while no other command writes to the folder's ledger, drawings or page.
func locked(folder string, f func() error) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("figures: making the folder: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	lock := flock.New(filepath.Join(folder, ".lock"))
	switch held, err := lock.TryLockContext(ctx, 20*time.Millisecond); {
	case errors.Is(err, context.DeadlineExceeded), err == nil && !held:
		return fmt.Errorf("figures: writing to %s: another command has been writing there for %v: wait for it, or end it", folder, patience)
	case err != nil:
		return fmt.Errorf("figures: locking %s: %w", folder, err)
	}
	defer lock.Unlock()
	return f()
}

// keep puts a record in the place of the one of the same figure and preset, and writes the page anew. It runs under the lock.
func keep(folder string, r Record) error {
	if err := r.check(); err != nil {
		return err
	}
	records, err := Ledger(folder)
	if err != nil {
		return err
	}
	records = slices.DeleteFunc(records, func(old Record) bool { return old.ID == r.ID && old.Preset == r.Preset })
	records = append(records, r)
	place := map[string]int{}
	for i, e := range All() {
		place[e.ID] = i
	}
	slices.SortStableFunc(records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(place[a.ID], place[b.ID]), cmp.Compare(slices.Index(train.Presets, a.Preset), slices.Index(train.Presets, b.Preset)))
	})
	text, err := json.MarshalIndent(records, "", "  ")
	if err != nil {
		return fmt.Errorf("figures: writing the ledger: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(folder, "ledger.json"), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("figures: writing the ledger: %w", err)
	}
	return writePage(folder)
}

// Package figures redraws the figures and tables of the tutorial: one entry each, whose numbers are computed by the command that draws it.
//
//	go run . figure ID              draws figures/drawings/ID.png, prints published beside measured, and writes the ledger
//	go run . figure ID --preset laptop
//
// Figures share trained runs: who asks for a run that is not there trains it.
package figures

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/google/renameio/v2"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

// Entry is one figure or table.
type Entry struct {
	ID      string // of the list of figures: "pixelcnn-blind-spot"
	Part    string // of the tutorial: "Autoregressive models"
	Caption string // what is to be seen, one sentence
	Cards   string // the systems it shows: "PixelCNN, Gated PixelCNN"
	draw    func(d *desk) (show.Figure, score.Comparison, error)
}

// All lists the figures in the order of the tutorial.
func All() []Entry {
	return []Entry{
		generativeSamples, blindSpot, classRows, elboDecomposition, vaeTSNE,
	}
}

// Find is the entry of an id.
func Find(id string) (Entry, error) {
	for _, e := range All() {
		if e.ID == id {
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("figures: unknown figure %q: `go run . figure list` names them all", id)
}

// desk is where a figure is drawn: what it may use, and what it leaves for the ledger.
type desk struct {
	preset  string
	engine  *engine.Engine
	trained time.Duration // spent training the runs that it shows, now or earlier
	waited  time.Duration // of that, in this process
	seed    int64
}

// uses notes a run, so that its training counts in the figure's minutes.
func (d *desk) uses(run *train.Run, took time.Duration) error {
	d.seed = run.Seed
	metrics, err := run.Metrics()
	if err != nil {
		return err
	}
	if len(metrics) > 0 {
		d.trained += time.Duration(metrics[len(metrics)-1].Seconds * float64(time.Second))
	}
	d.waited += took
	return nil
}

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
	if n.Bound {
		text = "≤ " + text
	}
	if n.StdErr > 0 {
		text += fmt.Sprintf(" ± %.2f", n.StdErr)
	}
	return text
}

// Draw draws one figure at a preset into the folder, prints the comparison, and puts its record into the folder's ledger.
func Draw(folder string, entry Entry, preset string, out io.Writer) error {
	if !slices.Contains(train.Presets, preset) {
		return fmt.Errorf("figures: preset %q: there are %v", preset, train.Presets)
	}
	e, err := engine.Open()
	if err != nil {
		return err
	}
	d := &desk{preset: preset, engine: e, seed: 1}
	start := time.Now()
	fig, comparison, err := entry.draw(d)
	if err != nil {
		return fmt.Errorf("figures: drawing %s: %w", entry.ID, err)
	}
	path := filepath.Join(folder, "drawings", entry.ID+".png")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("figures: drawing %s: %w", entry.ID, err)
	}
	if err := show.Save(fig, path); err != nil {
		return err
	}
	record := Record{
		ID: entry.ID, Preset: preset, Seed: d.seed, Engine: e.Kind + ":" + e.Device,
		Machine: fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
		Minutes: (time.Since(start) - d.waited + d.trained).Minutes(),
		Rows:    lines(comparison),
	}
	printRecord(out, path, record)
	return keep(folder, record)
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

func printRecord(out io.Writer, path string, r Record) {
	fmt.Fprintf(out, "%s: %s, seed %d, %s, %s, %.1f min\n", path, r.Preset, r.Seed, r.Engine, r.Machine, r.Minutes)
	data := ""
	for _, l := range r.Rows {
		if l.Data+l.Unit != data {
			data = l.Data + l.Unit
			fmt.Fprintf(out, "  %s, %s\n    %-44s %16s %16s  %s\n", l.Data, l.Unit, "", "published", "measured", "verdict")
		}
		fmt.Fprintf(out, "    %-44s %16s %16s  %s\n", l.What, l.Published, l.Measured, l.Verdict)
	}
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

// keep puts a record in the place of the one of the same figure and preset, and writes the page anew.
func keep(folder string, r Record) error {
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
	page := Page(records, func(id string) bool {
		_, err := os.Stat(filepath.Join(folder, "drawings", id+".png"))
		return err == nil
	})
	if err := renameio.WriteFile(filepath.Join(folder, "README.md"), []byte(page), 0o644); err != nil {
		return fmt.Errorf("figures: writing the page: %w", err)
	}
	return nil
}

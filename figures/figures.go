// Package figures redraws the figures and tables of the tutorial: one entry each, whose numbers are computed by the command that draws it.
//
//	go run . figure ID              draws figures/drawings/ID.png, prints published beside measured, and writes the ledger
//	go run . figure ID --preset laptop
//	go run ./figures/draw page      writes figures/README.md anew, from the registry and the ledger
//
// Figures share trained runs: who asks for a run that is not there trains it.
package figures

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

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
	Diagram bool   // it shows how something is made, and there is nothing to measure: no rows in the ledger
	draw    func(d *desk) (show.Figure, score.Comparison, error)
}

// All lists the figures in the order of the tutorial.
func All() []Entry {
	return []Entry{
		typesOfLearning, whyWithoutTeacher, learningCake, imagenetArithmetic, supervisedUnsupervised, densityObjective, bitsNotEqual, generativeSamples,
		pixelrnnContext, rowVsDiagonal, pixelrnnSamples, occlusionCompletions, pixelrnnTable,
		blindSpot, classRows, pixelcnnTable, colourCoders, colourSamples,
		subscaleSlices, subscaleScenes, subscalePhotos, subscaleBits, subscaleTable,
		videoTable, videoSamples, videoArchitecture,
		elboDecomposition, vaeTSNE,
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

// Draw draws one figure at a preset, and puts the picture, its record and the page that shows both into the folder; the comparison goes to out.
// Nothing is written before the figure is whole, and each file appears whole or not at all.
func Draw(folder string, entry Entry, preset string, out io.Writer) error {
	if err := CheckPreset(preset); err != nil {
		return err
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
	minutes := (time.Since(start) - d.waited + d.trained).Minutes()
	record := Record{
		ID: entry.ID, Preset: preset, Seed: d.seed, Engine: engine.Name(),
		Machine: fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
		Minutes: math.Round(minutes*1000) / 1000,
		Rows:    lines(comparison),
	}
	if err := record.check(); err != nil {
		return err
	}
	path := filepath.Join(folder, drawing(entry.ID, preset))
	err = locked(folder, func() error {
		if err := show.Save(fig, path); err != nil {
			return err
		}
		return keep(folder, record)
	})
	if err != nil {
		return err
	}
	printRecord(out, path, record)
	return nil
}

// CheckPreset says whether there is a preset of that name.
func CheckPreset(preset string) error {
	if !slices.Contains(train.Presets, preset) {
		return fmt.Errorf("figures: preset %q: there are %s", preset, strings.Join(train.Presets, ", "))
	}
	return nil
}

// drawing is where a figure's picture lies in the folder. The gallery is drawn at laptop, so that its pictures have the plain names.
func drawing(id, preset string) string {
	if preset != "laptop" {
		id += "-" + preset
	}
	return "drawings/" + id + ".png"
}

func printRecord(out io.Writer, path string, r Record) {
	fmt.Fprintf(out, "%s: %s, seed %d, %s, %s, %s\n", path, r.Preset, r.Seed, r.Engine, r.Machine, r.took())
	data := ""
	for _, l := range r.Rows {
		if l.Data+l.Unit != data {
			data = l.Data + l.Unit
			fmt.Fprintf(out, "  %s, %s\n    %-44s %16s %16s  %s\n", l.Data, l.Unit, "", "published", "measured", "verdict")
		}
		fmt.Fprintf(out, "    %-44s %16s %16s  %s\n", l.What, l.Published, l.Measured, l.Verdict)
	}
}

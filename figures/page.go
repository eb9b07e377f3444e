package figures

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/curious-go/curious/pkg/train"
)

// WritePage writes the folder's README.md anew, from the registry, the ledger and the drawings.
func WritePage(folder string) error {
	return locked(folder, func() error { return writePage(folder) })
}

func writePage(folder string) error {
	page, err := page(folder)
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(folder, "README.md"), []byte(page), 0o644); err != nil {
		return fmt.Errorf("figures: writing the page: %w", err)
	}
	return nil
}

// page is what the folder's README.md has to be.
func page(folder string) (string, error) {
	records, err := Ledger(folder)
	if err != nil {
		return "", err
	}
	return Page(records, func(path string) bool {
		_, err := os.Stat(filepath.Join(folder, path))
		return err == nil
	}), nil
}

// Page is figures/README.md: the gallery, and under each figure its rows of the ledger. Where a figure was drawn at several presets, the picture is that
// of the largest. drawn says whether a picture is there.
func Page(records []Record, drawn func(path string) bool) string {
	var b strings.Builder
	b.WriteString("# Figures\n\n")
	b.WriteString("Every figure is drawn by a command, `go run . figure ID`, from numbers that the same command computes. ")
	b.WriteString("This page is generated from the registry and from `ledger.json`; do not edit it.\n\n")
	b.WriteString("| figure | of | drawn at |\n| --- | --- | --- |\n")
	for _, e := range All() {
		presets := "not yet"
		if of := recordsOf(records, e.ID); len(of) > 0 {
			var names []string
			for _, r := range of {
				names = append(names, r.Preset)
			}
			presets = strings.Join(names, ", ")
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", e.ID, e.ID, cell(e.Cards), presets)
	}
	part := ""
	for _, e := range All() {
		if e.Part != part {
			part = e.Part
			fmt.Fprintf(&b, "\n## %s\n", part)
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", e.ID, e.Caption)
		of := recordsOf(records, e.ID)
		for _, r := range slices.Backward(of) {
			if path := drawing(r.ID, r.Preset); drawn(path) {
				fmt.Fprintf(&b, "\n![%s](%s)\n", e.ID, path)
				break
			}
		}
		for _, r := range of {
			r.write(&b)
		}
	}
	return b.String()
}

// recordsOf is the records of a figure, the smallest preset first.
func recordsOf(records []Record, id string) []Record {
	var of []Record
	for _, preset := range train.Presets {
		for _, r := range records {
			if r.ID == id && r.Preset == preset {
				of = append(of, r)
			}
		}
	}
	return of
}

func (r Record) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n`go run . figure %s --preset %s` · seed %d · %s · %s · %s\n", r.ID, r.Preset, r.Seed, r.Engine, r.Machine, r.took())
	if len(r.Rows) == 0 {
		return
	}
	b.WriteString("\n| data | model | published | measured | unit | tolerance | verdict | note |\n| --- | --- | ---: | ---: | --- | ---: | --- | --- |\n")
	for _, l := range r.Rows {
		published, tolerance := l.Published.String(), ""
		if l.Published != nil {
			published += " (" + l.Source + ")"
			tolerance = fmt.Sprintf("± %.2f", l.Tolerance)
		}
		fmt.Fprint(b, "|")
		for _, text := range []string{l.Data, l.What, published, l.Measured.String(), l.Unit, tolerance, l.Verdict, l.Note} {
			fmt.Fprintf(b, " %s |", cell(text))
		}
		b.WriteString("\n")
	}
}

// took is how long a figure took, in words.
func (r Record) took() string {
	if r.Minutes < 1 {
		return fmt.Sprintf("%.0f s", 60*r.Minutes)
	}
	return fmt.Sprintf("%.1f min", r.Minutes)
}

// cell is a text that does not end its cell of a Markdown table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

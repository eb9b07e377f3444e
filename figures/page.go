package figures

import (
	"fmt"
	"strings"
)

// Page is figures/README.md: the gallery, and under each figure its rows of the ledger.
func Page(records []Record, drawn func(id string) bool) string {
	var b strings.Builder
	b.WriteString("# Figures\n\n")
	b.WriteString("Every figure is drawn by a command, `go run . figure ID`, from numbers that the same command computes. ")
	b.WriteString("This page is generated from the registry and from `ledger.json`; do not edit it.\n\n")
	b.WriteString("| figure | of | drawn at |\n| --- | --- | --- |\n")
	for _, e := range All() {
		var presets []string
		for _, r := range records {
			if r.ID == e.ID {
				presets = append(presets, r.Preset)
			}
		}
		if len(presets) == 0 {
			presets = []string{"not yet"}
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", e.ID, e.ID, e.Cards, strings.Join(presets, ", "))
	}
	part := ""
	for _, e := range All() {
		if e.Part != part {
			part = e.Part
			fmt.Fprintf(&b, "\n## %s\n", part)
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n", e.ID, e.Caption)
		if drawn(e.ID) {
			fmt.Fprintf(&b, "![%s](drawings/%s.png)\n\n", e.ID, e.ID)
		}
		for _, r := range records {
			if r.ID != e.ID {
				continue
			}
			fmt.Fprintf(&b, "`go run . figure %s --preset %s` · seed %d · %s · %s · %.1f min\n\n", r.ID, r.Preset, r.Seed, r.Engine, r.Machine, r.Minutes)
			if len(r.Rows) == 0 {
				continue
			}
			b.WriteString("| data | | published | measured | unit | tolerance | verdict | note |\n| --- | --- | ---: | ---: | --- | ---: | --- | --- |\n")
			for _, l := range r.Rows {
				published, tolerance := l.Published.String(), ""
				if l.Published != nil {
					published += " (" + l.Source + ")"
					tolerance = fmt.Sprintf("%.2f", l.Tolerance)
				}
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", l.Data, l.What, published, l.Measured, l.Unit, tolerance, l.Verdict, l.Note)
			}
			b.WriteString("\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

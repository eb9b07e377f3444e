// Draw is what `go run . figure` builds, with the flags that cells use, and runs.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/curious-go/curious/figures"
	"github.com/curious-go/curious/pkg/home"
	"github.com/curious-go/curious/pkg/must"
)

func main() {
	preset := flag.String("preset", "quick", "quick, laptop or paper")
	flag.Parse()
	ids := flag.Args()
	if len(ids) == 0 {
		must.Do(fmt.Errorf("draw: name figures, or all, or list"))
	}
	if ids[0] == "list" {
		for _, e := range figures.All() {
			fmt.Printf("%-32s %s\n", e.ID, e.Caption)
		}
		return
	}
	var entries []figures.Entry
	for _, id := range ids {
		if id == "all" {
			entries = append(entries, figures.All()...)
			continue
		}
		entries = append(entries, must.Get(figures.Find(id)))
	}
	folder := filepath.Join(must.Get(home.Root()), "figures")
	for _, e := range entries {
		must.Do(figures.Draw(folder, e, *preset, os.Stdout))
	}
}

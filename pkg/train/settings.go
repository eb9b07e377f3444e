package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
)

// Settings is what makes two trainings the same one. It is kept in run.json.
type Settings struct {
	Name    string  `json:"name"`
	Preset  string  `json:"preset"`
	Data    string  `json:"data"`
	Unit    string  `json:"unit"`
	Seed    int64   `json:"seed"`
	Steps   int     `json:"steps"`
	Rate    Rate    `json:"rate"`
	Clip    float64 `json:"clip_norm"`
	Average float64 `json:"average"`
	RMSProp bool    `json:"rmsprop"`
	Config  any     `json:"config"`
}

func (t *Task) settings() Settings {
	return Settings{t.Name, t.Preset, t.Data, t.Unit, t.Seed, t.Steps, t.Rate, t.ClipNorm, t.Average, t.RMSProp, t.Config}
}

// Title is NAME-PRESET.
func (id Settings) Title() string { return id.Name + "-" + id.Preset }

// sameSettings writes run.json, or compares it with the one that is there and names every difference.
func sameSettings(dir string, id Settings) error {
	text, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return fmt.Errorf("train: writing the configuration of run %s: %w", id.Title(), err)
	}
	path := filepath.Join(dir, "run.json")
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := renameio.WriteFile(path, append(text, '\n'), 0o644, renameio.WithTempDir(dir)); err != nil {
			return fmt.Errorf("train: writing the configuration of run %s: %w", id.Title(), err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("train: reading the configuration of run %s: %w", id.Title(), err)
	}
	before, err := tree(old)
	if err != nil {
		return fmt.Errorf("train: reading %s: %w: remove the folder to train anew", path, err)
	}
	now, err := tree(text)
	if err != nil {
		return fmt.Errorf("train: reading the configuration of run %s: %w", id.Title(), err)
	}
	if changes := differences("", before, now); len(changes) > 0 {
		return fmt.Errorf("train: run %s in %s is another training (%s): give the recipe another Name, or remove the folder to train anew",
			id.Title(), dir, strings.Join(changes, "; "))
	}
	return nil
}

// tree is any JSON, numbers as they are written.
func tree(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

// differences compares two JSON trees and lists "path: before, now after".
func differences(path string, before, now any) []string {
	a, aIsMap := before.(map[string]any)
	b, bIsMap := now.(map[string]any)
	if !aIsMap || !bIsMap {
		if x, y := compact(before), compact(now); x != y {
			return []string{fmt.Sprintf("%s: %s, now %s", strings.TrimPrefix(path, "."), x, y)}
		}
		return nil
	}
	keys := map[string]bool{}
	for key := range a {
		keys[key] = true
	}
	for key := range b {
		keys[key] = true
	}
	var names []string
	for key := range keys {
		names = append(names, key)
	}
	slices.Sort(names)
	var changes []string
	for _, key := range names {
		changes = append(changes, differences(path+"."+key, a[key], b[key])...)
	}
	return changes
}

func compact(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

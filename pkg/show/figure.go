// Package show draws what a notebook cell or the figures command displays, in one look, and displays it.
//
// Drawing and displaying are apart. A [Figure] ([Grid], [Curves], [Table], …) is a plain struct that turns itself into a PNG; [Display] shows it in a
// notebook, and prints a line about it anywhere else; [Save] writes it to a file.
//
//	show.Display(show.Curves{Title: "Training", XLabel: "step", YLabel: "nats", Series: []show.Series{{Name: "train", Y: losses}}})
//
// Pictures are drawn at twice the density they are shown at, on an opaque ground, so that they are sharp and readable on light and dark pages.
package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Figure is anything that can be drawn. PNG is the picture at twice the density (1400 pixels wide fill 700 on the page); a figure with
// impossible content (no data, NaN, lengths that differ) returns an error that names it.
//
// A figure may also have Vega() (map[string]any, error), an interactive Vega-Lite v5 form of itself; HTML() and Markdown() (string, error), a
// form in text that is shown in the picture's place; and String() string, one line about it.
type Figure interface {
	PNG() ([]byte, error)
}

// drawer is a figure of this package: it can be drawn into a larger one without a detour through PNG.
type drawer interface {
	draw() (*canvas, error)
}

type htmler interface {
	HTML() (string, error)
	Markdown() (string, error)
}

type vegan interface {
	Vega() (map[string]any, error)
}

const vegaLite protocol.MIMEType = "application/vnd.vegalite.v5+json"

// Display shows figures, one below the other: in a notebook as the cell's output, elsewhere as a line of text each on stdout (a table as text).
func Display(figs ...Figure) error {
	for _, fig := range figs {
		data, err := bundle(fig, true)
		if err != nil {
			return err
		}
		if err := send(data); err != nil {
			return err
		}
	}
	return nil
}

// Save draws a figure into a PNG file, making its folder if need be; the file appears whole or not at all.
func Save(fig Figure, path string) error {
	if ext := filepath.Ext(path); !strings.EqualFold(ext, ".png") {
		return fmt.Errorf("show: saving %s: figures are PNG, not %q: end the name in .png", path, ext)
	}
	if fig == nil {
		return fmt.Errorf("show: saving %s: the figure is nil", path)
	}
	data, err := fig.PNG()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("show: saving %s: %w", path, err)
	}
	if err := renameio.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("show: saving %s: %w", path, err)
	}
	return nil
}

// bundle is a figure as Jupyter takes it: every form it has, by MIME type, and how large to show it.
func bundle(fig Figure, interactive bool) (*protocol.DisplayData, error) {
	if fig == nil {
		return nil, fmt.Errorf("show: displaying a figure: it is nil")
	}
	d := &protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextPlain: describe(fig)}}
	if h, ok := fig.(htmler); ok {
		html, err := h.HTML()
		if err != nil {
			return nil, err
		}
		markdown, err := h.Markdown()
		if err != nil {
			return nil, err
		}
		d.Data[protocol.MIMETextHTML], d.Data[protocol.MIMETextMarkdown] = html, markdown
		return d, nil
	}
	data, err := fig.PNG()
	if err != nil {
		return nil, err
	}
	size, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("show: displaying a figure: %w", err)
	}
	d.Data[protocol.MIMEImagePNG] = data
	d.Metadata = map[string]any{string(protocol.MIMEImagePNG): map[string]any{"width": size.Width / density, "height": size.Height / density}}
	if v, ok := fig.(vegan); ok && interactive {
		spec, err := v.Vega()
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(spec)
		if err != nil {
			return nil, fmt.Errorf("show: displaying a figure: its Vega-Lite form: %w", err)
		}
		if len(text)+len(data)*4/3 <= bundleBytes {
			d.Data[vegaLite] = spec
		}
	}
	return d, nil
}

// describe is one line about a figure.
func describe(fig Figure) string {
	if s, ok := fig.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", fig)
}

// display shows text forms: in a notebook what is in the bundle, elsewhere its plain text.
func send(d *protocol.DisplayData) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Println(d.Data[protocol.MIMETextPlain])
		return err
	}
	printed()
	gonbui.SendData(d)
	return settle()
}

// render draws a figure and encodes it.
func render(d drawer) ([]byte, error) {
	c, err := d.draw()
	if err != nil {
		return nil, err
	}
	return c.encode()
}

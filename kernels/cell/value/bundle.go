package value

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

const (
	vegaLite = "application/vnd.vegalite.v5+json"
	largest  = 16 << 20 // bytes of one form of a value, above which a page suffers
)

// drawPicture is set where pictures can be values: it returns the PNG of an image, and its size in words.
var drawPicture func(v any) (data []byte, words string, err error)

// pngSize is set beside it: how large to show a PNG, nil for as large as it is.
var pngSize func(data []byte) map[string]any

// forms collects a value's forms; those that fail are told of in its text.
type forms struct {
	data, metadata map[string]any
	notes          []string
}

// bundle is a value by MIME type. A value that has HTML or Markdown is shown by that alone, since a page prefers it to a picture anyway.
func bundle(v any) (data, metadata map[string]any) {
	f := &forms{map[string]any{}, map[string]any{}, nil}
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
		f.data["text/plain"] = "nil"
		return f.data, f.metadata
	}
	if b, ok := v.(interface {
		MIMEBundle() (map[string]any, error)
	}); ok {
		f.whole(b.MIMEBundle)
	}
	if h, ok := v.(interface{ HTML() (string, error) }); ok {
		f.written("text/html", h.HTML)
	}
	if m, ok := v.(interface{ Markdown() (string, error) }); ok {
		f.written("text/markdown", m.Markdown)
	}
	if len(f.data) == 0 {
		f.pictures(v)
	}
	if len(f.data) == 0 {
		if table, ok := htmlTable(reflect.ValueOf(v)); ok {
			f.data["text/html"] = table
		}
	}
	if _, ok := f.data["text/plain"]; !ok {
		f.data["text/plain"] = text(v)
	}
	if len(f.notes) > 0 {
		f.data["text/plain"] = fmt.Sprint(f.data["text/plain"], "\n", strings.Join(f.notes, "\n"))
	}
	return f.data, f.metadata
}

func (f *forms) note(form string, why any) {
	f.notes = append(f.notes, fmt.Sprintf("(%s: %v)", form, why))
}

// whole takes a bundle that the value makes itself.
func (f *forms) whole(method func() (map[string]any, error)) {
	list, err := try(method)
	if err != nil {
		f.note("MIMEBundle", err)
	}
	for mime, form := range list {
		f.encoded(mime, form)
	}
}

func (f *forms) written(mime string, method func() (string, error)) {
	switch text, err := try(method); {
	case err != nil:
		f.note(mime, err)
	case len(text) > largest:
		f.note(mime, "too large to show")
	default:
		f.data[mime] = text
	}
}

// encoded keeps a form that JSON can hold; NaN it cannot.
func (f *forms) encoded(mime string, form any) {
	switch text, err := try(func() ([]byte, error) { return json.Marshal(form) }); {
	case err != nil:
		f.note(mime, err)
	case len(text) > largest:
		f.note(mime, "too large to show")
	default:
		f.data[mime] = json.RawMessage(text)
	}
}

func (f *forms) pictures(v any) {
	if p, ok := v.(interface{ PNG() ([]byte, error) }); ok {
		switch data, err := try(p.PNG); {
		case err != nil:
			f.note("image/png", err)
		case len(data) > largest:
			f.note("image/png", "too large to show")
		default:
			f.data["image/png"] = data
			if pngSize != nil {
				if size := pngSize(data); size != nil {
					f.metadata["image/png"] = size
				}
			}
		}
	} else if drawPicture != nil {
		switch data, words, err := draw(v); {
		case err != nil:
			f.note("image/png", err)
		case data != nil:
			f.data["image/png"], f.data["text/plain"] = data, words
		}
	}
	if p, ok := v.(interface {
		Vega() (map[string]any, error)
	}); ok {
		spec, err := try(p.Vega)
		if err != nil {
			f.note(vegaLite, err)
		} else {
			f.encoded(vegaLite, spec)
		}
	}
}

func draw(v any) (data []byte, words string, err error) {
	data, err = try(func() (data []byte, err error) {
		data, words, err = drawPicture(v)
		return data, err
	})
	return data, words, err
}

// Package value shows what a cell's last expression is worth. It is never imported: its text is compiled into the program of the cell, under names that no cell
// uses, and leaves one JSON document in the file that the environment variable CURIOUS_RESULT names.
//
// Because a program pays for each package it links, pictures are apart: picture.go goes into programs alone that have package image anyway.
package value

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// document is what the kernel reads.
type document struct {
	Data        map[string]any     `json:"data"`
	Metadata    map[string]any     `json:"metadata"`
	Error       string             `json:"error,omitempty"` // the cell fails with it
	Ename       string             `json:"ename,omitempty"` // the error's type
	Expressions map[string]outcome `json:"expressions,omitempty"`
}

// outcome is a user expression's entry, as Jupyter wants it.
type outcome struct {
	Status    string         `json:"status"`
	Data      map[string]any `json:"data,omitzero"`
	Metadata  map[string]any `json:"metadata,omitzero"`
	Ename     string         `json:"ename,omitempty"`
	Evalue    string         `json:"evalue,omitempty"`
	Traceback []string       `json:"traceback,omitzero"`
}

var (
	result = document{Data: map[string]any{}, Metadata: map[string]any{}}
	lock   sync.Mutex
)

// Value shows the results of an expression: the value, or several as a tuple, or the failure that the last of them is. A nil error alone shows nothing.
func Value(values ...any) {
	lock.Lock()
	defer lock.Unlock()
	data, metadata, err := show(values)
	if err != nil {
		result.Ename, result.Error = fmt.Sprintf("%T", err), report(err)
	} else if data != nil {
		result.Data, result.Metadata = data, metadata
	}
	write()
}

// Expression answers one of the user expressions of a request with its results. They come in a second call, since Go passes on the several results of a call only
// where they are all of the arguments.
func Expression(name string) func(results ...any) {
	return func(results ...any) {
		data, metadata, err := show(results)
		switch {
		case err != nil:
			answer(name, outcome{Status: "error", Ename: fmt.Sprintf("%T", err), Evalue: report(err), Traceback: []string{}})
		case data == nil:
			answer(name, outcome{Status: "ok", Data: map[string]any{"text/plain": "nil"}, Metadata: map[string]any{}})
		default:
			answer(name, outcome{Status: "ok", Data: data, Metadata: metadata})
		}
	}
}

// Recover, deferred, turns a panic of a user expression into its answer.
func Recover(name string) {
	if p := recover(); p != nil {
		answer(name, outcome{Status: "error", Ename: "panic", Evalue: fmt.Sprint(p), Traceback: []string{}})
	}
}

func answer(name string, o outcome) {
	lock.Lock()
	defer lock.Unlock()
	if result.Expressions == nil {
		result.Expressions = map[string]outcome{}
	}
	result.Expressions[name] = o
	write()
}

// show turns results into a MIME bundle, or into the error that they end with.
func show(values []any) (data, metadata map[string]any, err error) {
	n := len(values)
	if n == 0 {
		return nil, nil, nil
	}
	if last := values[n-1]; last == nil {
		values = values[:n-1] // an error that is nil
	} else if failure, ok := last.(error); ok {
		return nil, nil, failure
	}
	switch len(values) {
	case 0:
		return nil, nil, nil
	case 1:
		data, metadata = bundle(values[0])
	default:
		data, metadata = map[string]any{"text/plain": tuple(values)}, map[string]any{}
	}
	return data, metadata, nil
}

// report is an error's text; an error that panics is reported too.
func report(err error) string {
	text, failed := try(func() (string, error) { return err.Error(), nil })
	if failed != nil {
		return "Error: " + failed.Error()
	}
	return text
}

// try calls a method of a value; its panic is an error.
func try[T any](method func() (T, error)) (got T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return method()
}

// write leaves the document in its file, whole or not at all.
func write() {
	path := os.Getenv("CURIOUS_RESULT")
	if path == "" {
		return
	}
	if err := replace(path); err != nil {
		fmt.Fprintln(os.Stderr, "showing the cell's value:", err)
	}
}

func replace(path string) error {
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".result")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

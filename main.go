// Curious is the command of the course: it sets a machine up, opens the course in JupyterLab, executes notebooks, draws figures and says what is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/curious-go/curious/kernels"
	"github.com/curious-go/curious/pkg/data/fetch"
)

// Exit codes, besides 0.
const (
	exitFailed  = 1   // what was asked for did not work
	exitUsage   = 2   // what was asked for was not understood
	exitStopped = 130 // Ctrl-C, as shells have it
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command().ExecuteContext(ctx)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "error:", err)
	var usage usageError
	switch {
	case errors.As(err, &usage):
		os.Exit(exitUsage)
	case ctx.Err() != nil:
		os.Exit(exitStopped)
	default:
		os.Exit(exitFailed)
	}
}

// usageError is a command line that was not understood.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// needs wraps cobra's checks of arguments, so that their failures end with the code of a misunderstanding.
func needs(check cobra.PositionalArgs, words string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) != nil {
			return usagef("%s takes %s: see `go run . %s --help`", cmd.Name(), words, cmd.Name())
		}
		return nil
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "curious",
		Short: "The course on unsupervised deep learning, in Go",
		Long: `Curious is a course on unsupervised deep learning: notebooks in Go that train real models.

    go run . lab        opens the course in JupyterLab; the first time it sets this machine up
    go run . test       runs every test and every notebook

What it installs goes to one folder, the user's cache directory or $CURIOUS_HOME, and nowhere else. What you train goes to runs/ in the
checkout, or $CURIOUS_RUNS. Data sets are looked for under $CURIOUS_DATA first.

It ends with 0 when all went well, 1 when something failed, 2 when the words were not understood, 130 when it was stopped
(go run itself makes 1 of each of these).`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			var known []string
			for _, c := range cmd.Commands() {
				known = append(known, c.Name())
			}
			return usagef("unknown command %q%s: `go run . --help` lists them", args[0], kernels.DidYouMean(args[0], known))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(labCommand(), testCommand(), runCommand(), figureCommand(), dataCommand(), doctorCommand(), installCommand(), cleanCommand(), benchCommand(), kernelCommand())
	return root
}

// flagError names the nearest flag for one that does not exist.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{err}
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	name := "--" + strings.TrimLeft(unknown.GetSpecifiedName(), "-")
	return usagef("unknown flag %s%s: see `go run . %s --help`", name, kernels.DidYouMean(name, known), cmd.Name())
}

// deviceFlag adds --device; the function gives what was chosen.
func deviceFlag(cmd *cobra.Command) func() (kernels.Device, error) {
	name := cmd.Flags().String("device", "cpu", "what to compute on: cpu, cuda (an NVIDIA GPU) or tpu; its XLA plugin is installed the first time")
	return func() (kernels.Device, error) {
		d, err := kernels.ParseDevice(*name)
		if err != nil {
			err = usageError{err}
		}
		return d, err
	}
}

// ready sets the machine up for the chosen device, or finds that it is.
func ready(cmd *cobra.Command, device func() (kernels.Device, error)) (*kernels.Env, error) {
	d, err := device()
	if err != nil {
		return nil, err
	}
	return kernels.Setup(cmd.Context(), d, os.Stderr)
}

func labCommand() *cobra.Command {
	lab := kernels.Lab{Out: os.Stderr}
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Open the course in JupyterLab; the first time, set this machine up",
		Long: `Opens the course in JupyterLab. The first time it installs JupyterLab, XLA and the Go kernel into the cache folder, which takes a few minutes
and about a gigabyte; it can be stopped and started again at any point, and needs no network from then on.`,
		Args: needs(cobra.NoArgs, "no words"),
	}
	device := deviceFlag(cmd)
	cmd.Flags().IntVar(&lab.Port, "port", 8888, "the port to listen on; the next free one when it is taken")
	cmd.Flags().StringVar(&lab.IP, "ip", "127.0.0.1", "the address to listen on; 0.0.0.0 lets other machines in, with the token")
	noBrowser := cmd.Flags().Bool("no-browser", false, "do not open a browser, only print the address")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		lab.Browser = !*noBrowser
		env, err := ready(cmd, device)
		if err != nil {
			return err
		}
		return env.Lab(cmd.Context(), lab)
	}
	return cmd
}

func testCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Run every test, and every notebook through the real kernel",
		Long: `Sets this machine up if need be, vets and tests every package with nothing skipped, and executes a copy of every notebook through the real
kernel, with the seconds that each took. The checkout is not written to. The last line says how many passed and failed.`,
		Args: needs(cobra.NoArgs, "no words"),
	}
	device := deviceFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		env, err := ready(cmd, device)
		if err != nil {
			return err
		}
		if err := realData(); err != nil {
			return err
		}
		return env.Test(cmd.Context(), os.Stdout)
	}
	return cmd
}

// realData fetches the data sets that the tests want. Where they cannot be had, the tests that need them are told so, and say so.
func realData() error {
	for _, set := range fetch.Sets() {
		var gone *fetch.Unreachable
		_, err := set.Ensure(fetch.Bar())
		if errors.As(err, &gone) {
			fmt.Fprintf(os.Stderr, "%s cannot be had (%v): tests on it are skipped; `go run . data get`, or CURIOUS_DATA, makes up for it\n", set.Title, gone)
			return os.Setenv("CURIOUS_TEST_NO_DATA", "1")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func runCommand() *cobra.Command {
	run := kernels.Run{Out: os.Stderr}
	cmd := &cobra.Command{
		Use:   "run NOTEBOOK…",
		Short: "Execute notebooks through the real kernel and write their outputs into them",
		Long: `Executes each notebook from top to bottom in a fresh kernel and writes the outputs into it, with nothing in them that belongs to this machine or
day. A notebook in which a cell fails is left as it was; the cell, its number and its error are shown, and the next notebook is taken.`,
		Example: "  go run . run notebooks/introduction/*.ipynb\n  go run . run --check notebooks/autoregressive/pixelcnn.ipynb",
		Args:    needs(cobra.MinimumNArgs(1), "one notebook or more"),
	}
	device := deviceFlag(cmd)
	check := cmd.Flags().Bool("check", false, "only execute; write nothing")
	cmd.Flags().DurationVar(&run.Timeout, "timeout", 10*time.Minute, "how long one cell may take")
	cmd.RunE = func(cmd *cobra.Command, notebooks []string) error {
		run.Write = !*check
		env, err := ready(cmd, device)
		if err != nil {
			return err
		}
		return env.Notebooks(cmd.Context(), notebooks, run)
	}
	return cmd
}

func figureCommand() *cobra.Command {
	presets := []string{"quick", "laptop", "paper"}
	cmd := &cobra.Command{
		Use:   "figure list | ID… | all",
		Short: "Draw figures of the tutorial, with published numbers beside measured ones",
		Long: `Draws figures of the tutorial from models trained here, prints the published numbers beside the measured ones, and adds a row to the ledger in
figures/. A model that is not trained yet is trained first; a run that was stopped goes on.`,
		Example: "  go run . figure list\n  go run . figure generative-samples-basic --preset laptop",
		Args:    needs(cobra.MinimumNArgs(1), "the id of a figure, or list, or all"),
	}
	device := deviceFlag(cmd)
	preset := cmd.Flags().String("preset", "quick", "the size of the models: quick (a minute), laptop (about a quarter of an hour a model) or paper (an accelerator)")
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		if kernels.Nearest(*preset, presets) != *preset {
			return usagef("unknown preset %q%s: choose one of %s", *preset, kernels.DidYouMean(*preset, presets), strings.Join(presets, ", "))
		}
		env, err := ready(cmd, device)
		if err != nil {
			return err
		}
		return env.Figure(cmd.Context(), *preset, ids, os.Stdout, os.Stderr)
	}
	return cmd
}

func dataCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data",
		Short: "List the data sets of the course, or download them",
		Long:  `The notebooks use real data when it is here, under $CURIOUS_DATA or in the cache folder, and drawings of our own when it is not, and say which.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown word %q%s: data takes list or get", args[0], kernels.DidYouMean(args[0], []string{"list", "get"}))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "List the data sets and where they are",
		Args:  needs(cobra.NoArgs, "no words"),
		RunE: func(*cobra.Command, []string) error {
			for _, set := range fetch.Sets() {
				status, err := set.Status()
				if err != nil {
					return err
				}
				fmt.Printf("%-16s %s\n%-16s %s; licence: %s\n", set.Name, status, "", set.About, set.Licence)
			}
			return nil
		},
	}, &cobra.Command{
		Use:   "get [NAME…]",
		Short: "Download data sets, all of them when none is named",
		Long:  "Downloads data sets from their official hosts and checks them; a download that was stopped goes on where it was.",
		RunE: func(cmd *cobra.Command, names []string) error {
			var known []string
			for _, set := range fetch.Sets() {
				known = append(known, set.Name)
			}
			if len(names) == 0 {
				names = known
			}
			for _, name := range names {
				if kernels.Nearest(name, known) != name {
					return usagef("unknown data set %q%s: choose from %s", name, kernels.DidYouMean(name, known), strings.Join(known, ", "))
				}
			}
			for _, name := range names {
				if err := fetch.Get(cmd.Context(), name, fetch.Bar()); err != nil {
					return err
				}
				fmt.Println(name, "is here")
			}
			return nil
		},
	})
	return cmd
}

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what is installed, which engine computes and how fast, and what is wrong",
		Long: `Looks at everything the course needs, measures a product on each engine and runs a cell in each installed kernel. Each line begins with ✓, with ! for
what one can live without, or with ✗ for what is wrong, and says what to do. It changes nothing, and ends with 1 when something is wrong.`,
		Args: needs(cobra.NoArgs, "no words"),
		RunE: func(cmd *cobra.Command, _ []string) error { return kernels.Doctor(cmd.Context(), os.Stdout) },
	}
}

func installCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Set this machine up; with --user, register the kernels with your own Jupyter",
		Long: `Sets this machine up as lab does, without opening anything. With --user it also registers the kernels with the Jupyter that you have, so that Go
notebooks open there too; the kernels go on using this checkout.

With --user --module DIR it registers a kernel for the Go module in DIR instead: its cells import the packages of that module. Then neither JupyterLab
nor XLA is installed.`,
		Example: "  go run . install --user\n  go run . install --user --module ~/src/mymodule",
		Args:    needs(cobra.NoArgs, "no words"),
	}
	device := deviceFlag(cmd)
	user := cmd.Flags().Bool("user", false, "register the kernels with your own Jupyter")
	folder := cmd.Flags().String("module", "", "with --user: register a kernel for the Go module in this folder")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("module") {
			if !*user || cmd.Flags().Changed("device") {
				return usagef("--module goes with --user, and with no --device: see `go run . install --help`")
			}
			m, err := kernels.FindModule(cmd.Context(), *folder)
			if err != nil {
				return err
			}
			env, err := kernels.SetupKernel(cmd.Context(), m, os.Stderr)
			if err != nil {
				return err
			}
			return env.RegisterModule(cmd.Context(), m, os.Stdout)
		}
		env, err := ready(cmd, device)
		if err != nil {
			return err
		}
		if *user {
			return env.Register(os.Stdout)
		}
		fmt.Println("This machine is set up; `go run . lab` opens the course.")
		return nil
	}
	return cmd
}

func cleanCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Free disk space: compiled programs, old environments, downloads, logs",
		Long: `Removes what can be made again and is not in use: compiled programs of models, environments and plugins of older versions, downloads and logs, and
says how much that freed. Data sets, the runs you trained and the history of what you typed are never touched.`,
		Args: needs(cobra.NoArgs, "no words"),
	}
	all := cmd.Flags().Bool("all", false, "remove the whole set-up; the next lab makes it again")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return kernels.Clean(cmd.Context(), *all, os.Stdout) }
	return cmd
}

func benchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench kernel",
		Short: "Measure the kernel beside stock GoNB",
		Long: `Measures the kernel and stock GoNB in turns, through Jupyter's protocol: starts, cells, completion, a notebook. It prints a table of medians beside
what the kernel is meant to reach. That takes a few minutes, in which the machine should have nothing else to do. GoNB completes with gopls, if that is on PATH.`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return usagef("bench takes the word kernel: see `go run . bench --help`")
			case args[0] != "kernel":
				return usagef("unknown word %q%s: bench takes the word kernel", args[0], kernels.DidYouMean(args[0], []string{"kernel"}))
			}
			return nil
		},
	}
	device := deviceFlag(cmd)
	n := cmd.Flags().IntP("times", "n", 20, "how often each thing is measured")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		env, err := ready(cmd, device)
		if err != nil {
			return err
		}
		return env.BenchKernel(cmd.Context(), *n, os.Stdout)
	}
	return cmd
}

func kernelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kernel CONNECTION_FILE",
		Short: "What Jupyter starts for a notebook; not for people",
		Args:  needs(cobra.ExactArgs(1), "the connection file that Jupyter writes"),
	}
	device := deviceFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		d, err := device()
		if err != nil {
			return err
		}
		return kernels.Kernel(d, args[0]) // signals are the kernel's own to handle: an interrupt is for the cell
	}
	return cmd
}

// Command sdkgen writes the SDKs of other languages from the committed schema, with the engine's own generators.
//
//	sdkgen schema.json LOGO FOLDER
//
// FOLDER gets nodejs, go, python and dotnet. The language plugins that `pulumi package gen-sdk` would ask are not needed.
// The generator for .NET fetches the package's logo; it gets the file LOGO instead, from this process.
// tools/native_sdks.py builds and runs this: `make sdk`.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3/codegen"
	gocode "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "sdkgen"

// selfContained is the loader of a schema that refers to no other package.
type selfContained struct{}

func (selfContained) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	return nil, refusal(name)
}

func (selfContained) LoadPackageV2(_ context.Context, wanted *schema.PackageDescriptor) (*schema.Package, error) {
	return nil, refusal(wanted.Name)
}

func (selfContained) LoadPackageReference(name string, _ *semver.Version) (schema.PackageReference, error) {
	return nil, refusal(name)
}

func (selfContained) LoadPackageReferenceV2(
	_ context.Context, wanted *schema.PackageDescriptor,
) (schema.PackageReference, error) {
	return nil, refusal(wanted.Name)
}

func refusal(name string) error {
	return fmt.Errorf("the schema refers to the package %q, and it must stand alone", name)
}

// A generator turns a bound package into files by their paths.
type generator func(pkg *schema.Package, logo string) (map[string][]byte, error)

var generators = map[string]generator{
	"nodejs": func(pkg *schema.Package, _ string) (map[string][]byte, error) {
		return nodejs.GeneratePackage(tool, pkg, nil, nil, false, selfContained{})
	},
	"go": func(pkg *schema.Package, _ string) (map[string][]byte, error) {
		return gocode.GeneratePackage(tool, pkg, nil)
	},
	"python": func(pkg *schema.Package, _ string) (map[string][]byte, error) {
		return python.GeneratePackage(tool, pkg, nil, selfContained{})
	},
	"dotnet": func(pkg *schema.Package, logo string) (map[string][]byte, error) {
		served := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
			http.ServeFile(answer, request, logo)
		}))
		defer served.Close()
		pkg.LogoURL = served.URL
		return dotnet.GeneratePackage(tool, pkg, nil, nil)
	},
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: sdkgen schema.json LOGO FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "sdkgen:", err)
		os.Exit(1)
	}
}

func run(path, logo, folder string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for language, generate := range generators {
		// A generator leaves its own notes in the package, so each gets a fresh one.
		pkg, err := bound(text)
		if err != nil {
			return err
		}
		files, err := generate(pkg, logo)
		if err != nil {
			return fmt.Errorf("%s: %w", language, err)
		}
		if err := write(filepath.Join(folder, language), files); err != nil {
			return err
		}
	}
	return nil
}

// bound checks the schema against Pulumi's own and resolves its references.
func bound(text []byte) (*schema.Package, error) {
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, err
	}
	pkg, told, err := schema.BindSpec(spec, selfContained{}, schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	if len(told) > 0 {
		return nil, told
	}
	return pkg, nil
}

func write(folder string, files map[string][]byte) error {
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

# frozen_string_literal: true

require "open3"
require "rbconfig"
require "rubygems"
require "shellwords"

# Writes a Makefile that has cargo build the crate in this folder, for machines without the gem rb_sys.
#
# The environment decides as it does with rb_sys: CARGO, RB_SYS_CARGO_PROFILE, and for the folder of
# cargo's work RB_SYS_CARGO_TARGET_DIR or CARGO_TARGET_DIR.
class CargoMakefile
  # `rust-version` of the workspace.
  MINIMUM = "1.95"

  # Profiles of cargo whose folder below the target folder has another name.
  FOLDERS = { "dev" => "debug", "test" => "debug", "bench" => "release" }.freeze

  # What people lack most often. rb-sys asks libclang for the layout of Ruby's C types.
  HINT = "gitlab-mail_room-rs: cargo failed, see above. If it could not find libclang, install it (Debian: " \
         "libclang-dev, Fedora: clang-devel) or set LIBCLANG_PATH to the folder it lies in."

  # @return [String, nil] one sentence about why cargo cannot build this; nil when it can
  def self.problem
    cargo = ENV.fetch("CARGO", "cargo")
    output, status = Open3.capture2e(cargo, "--version")
    version = output[/\Acargo (\d+(?:\.\d+)+)/, 1]
    return "`#{cargo} --version` failed: #{output.lines.first.to_s.strip}" unless status.success? && version
    return if Gem::Version.new(version) >= Gem::Version.new(MINIMUM)

    "it needs Rust #{MINIMUM} or newer, and #{cargo} is #{version}; update it or set CARGO to a newer one."
  rescue SystemCallError
    "it needs cargo, the build tool of Rust, #{MINIMUM} or newer, and there is no #{cargo}; " \
    "install Rust or set CARGO to the path of cargo."
  end

  # @param library [String] what Ruby will require, such as `mail_room/mail_room_rs`
  # @param directories [Array<String>] lines of mkmf's `configuration`: directories and commands
  def initialize(library, directories:)
    @prefix, @name = File.split(library)
    @directories = directories
  end

  # `FORCE` leaves it to cargo what is stale. `install` works below `sitearchdir`, an ordinary variable
  # that RubyGems and rake-compiler set.
  #
  # @return [String]
  def to_s
    <<~MAKEFILE
      #{@directories.join}
      target_prefix = /#{@prefix}
      RUBYARCHDIR = $(sitearchdir)$(target_prefix)
      CARGO ?= cargo
      RB_SYS_CARGO_PROFILE ?= release
      RB_SYS_CARGO_TARGET_DIR ?= #{target_dir}
      OUTPUT = $(RB_SYS_CARGO_TARGET_DIR)#{triple}/#{folder}
      DLLIB = #{@name}.#{RbConfig::CONFIG['DLEXT']}

      # rb-sys has to ask this Ruby, not the first one on the PATH.
      export RUBY := #{RbConfig.ruby}

      all: $(DLLIB)

      $(DLLIB): FORCE
      \t$(CARGO) build --locked --lib --profile $(RB_SYS_CARGO_PROFILE) \\
      \t  --manifest-path "$(srcdir)/Cargo.toml" --target-dir "$(RB_SYS_CARGO_TARGET_DIR)" \\
      \t  || { echo #{HINT.shellescape} >&2; exit 1; }
      \t$(COPY) "$(OUTPUT)/lib#{@name}.#{RbConfig::CONFIG['SOEXT']}" $@

      install: $(DLLIB)
      \t$(MAKEDIRS) "$(DESTDIR)$(RUBYARCHDIR)"
      \t$(INSTALL_PROG) $(DLLIB) "$(DESTDIR)$(RUBYARCHDIR)"
      #{clean_up}
      clean:
      \t$(RM) $(DLLIB)

      distclean: clean
      \t$(RM) Makefile mkmf.log

      FORCE: ;
      .PHONY: all install clean distclean FORCE
    MAKEFILE
  end

  private

  # Next to the Makefile unless somebody keeps a folder for cargo's work.
  def target_dir
    ENV.fetch("CARGO_TARGET_DIR", "$(CURDIR)/target")
  end

  # With CARGO_BUILD_TARGET cargo works in a folder of that name.
  def triple
    "$(if $(CARGO_BUILD_TARGET),/$(CARGO_BUILD_TARGET))"
  end

  def folder
    FOLDERS.reduce("$(RB_SYS_CARGO_PROFILE)") do |name, (profile, folder)|
      "$(if $(filter #{profile},$(RB_SYS_CARGO_PROFILE)),#{folder},#{name})"
    end
  end

  # RubyGems installs into a temporary folder .gem.*, takes the library from there and keeps the
  # sources: 150 MB of cargo's work would stay with them. Only ever our own default folder goes.
  def clean_up
    "\tcase '$(sitearchdir)' in ./.gem.*|*/.gem.*) $(RM_RF) '$(CURDIR)/target' $(DLLIB);; esac\n"
  end
end

# frozen_string_literal: true

require "open3"
require "rbconfig"
require "tmpdir"

# What a user gets: the gem is built, installed where there are no other gems, and used from there.
RSpec.describe "the package", package: true do
  root = File.expand_path("..", __dir__)

  before(:context) do
    @folder = Dir.mktmpdir
    run("gem", "build", "gitlab-mail_room-rs.gemspec", "--output", path("package.gem"), chdir: root)
  end

  after(:context) { FileUtils.remove_entry(@folder) }

  def path(*names)
    File.join(@folder, *names)
  end

  # Nothing of the bundle or the gems of this process, but the same Ruby.
  def run(*command, chdir: @folder, **env)
    inherited = ENV.keys.grep(/\A(?:BUNDLE|BUNDLER|GEM|RUBY|RB_SYS|CARGO_TARGET)/).to_h { |name| [name, nil] }
    env = inherited.merge("PATH" => [RbConfig::CONFIG["bindir"], ENV.fetch("PATH")].join(File::PATH_SEPARATOR))
                   .merge(env.transform_keys(&:to_s))
    output, status = Open3.capture2e(env, *command, chdir: chdir)
    raise "#{command.join(' ')} failed:\n#{output}" unless status.success?

    output
  end

  def install(home, **env)
    run("gem", "install", "--local", "--no-document", path("package.gem"),
        GEM_HOME: path(home), GEM_PATH: path(home), **env)
  end

  def installed(home, pattern)
    Dir.glob(path(home, "gems", "*", "**", pattern))
  end

  describe "installed" do
    # Minutes, unless cargo has compiled the crates before: so its folder is shared.
    before(:context) do
      install("home", CARGO_TARGET_DIR: ENV.fetch("CARGO_TARGET_DIR", File.join(root, "target")))
    end

    def use(*command, **env)
      run(*command, GEM_HOME: path("home"), GEM_PATH: path("home"), **env)
    end

    it "has the command" do
      expect(use(path("home", "bin", "mail_room"), "--help")).to match(/\AWatches inboxes .*^Usage: mail_room/m)
    end

    it "has the native part" do
      program = 'require "mail_room"; puts MailRoom::Native; puts $LOADED_FEATURES.grep(/mail_room_rs/)'

      expect(use(RbConfig.ruby, "-e", program)).to match(/\AMailRoom::Native\n#{Regexp.escape(path('home'))}/)
    end

    it "is required by Bundler" do
      Dir.mkdir(path("project"))
      File.write(path("project", "Gemfile"), "gem \"gitlab-mail_room-rs\"\n")
      program = 'require "bundler"; Bundler.require; puts MailRoom::VERSION'

      expect(use(RbConfig.ruby, "-e", program, chdir: path("project"))).to end_with("#{MailRoom::VERSION}\n")
    end

    it "has nothing of tests and fuzzing" do
      expect(installed("home", "*.rs")).not_to be_empty
      expect(installed("home", "*").grep(%r{/(?:tests?|fuzz(?:ing)?|benches|spec)(?:/|\.rs\z)})).to be_empty
    end

    it "has the service files" do
      names = installed("home", "*").map { |path| path[%r{/(support/.*)}, 1] }.compact

      expect(names).to include("support/systemd/gitlab-mailroom.service", "support/sysv/gitlab-mailroom",
                               "support/runit/log/run", "support/docker/Dockerfile")
      expect(names.grep(/demo|environment\.sh/)).to be_empty
    end

    it "leaves nothing of cargo's work behind" do
      expect(installed("home", "target")).to be_empty
    end
  end

  # A stand-in for cargo shows in a second what becomes of the folder it works in.
  describe "installed with a cargo of its own folder" do
    def cargo(script)
      path("cargo").tap do |file|
        File.write(file, "#!/bin/sh\n#{script}")
        File.chmod(0o755, file)
      end
    end

    let(:working) do
      <<~'SH'
        [ "$1" = --version ] && echo "cargo 1.95.0 (0000000 2026-01-01)" && exit
        echo "$RUBY $*" > "$CALL"
        while [ "$1" != --target-dir ]; do shift; done
        mkdir -p "$2/release" && echo library > "$2/release/libmail_room_rs.so"
      SH
    end

    it "takes the library and removes cargo's work" do
      install("small", CARGO: cargo(working), CALL: path("call"))

      expect(File.read(path("call")))
        .to match(%r{\A#{RbConfig.ruby} build --locked --lib --profile release --manifest-path \S+/Cargo.toml})
      expect(installed("small", "mail_room/mail_room_rs.so")).not_to be_empty
      expect(installed("small", "target")).to be_empty
    end

    it "leaves a folder alone that somebody keeps for cargo's work" do
      install("kept", CARGO: cargo(working), CALL: path("call"), CARGO_TARGET_DIR: path("kept-target"))

      expect(File).to exist(path("kept-target", "release", "libmail_room_rs.so"))
    end

    { "there is no cargo" => [nil, %r{it needs cargo, the build tool of Rust, 1\.95 or newer, and there is no /}],
      "cargo is too old" => ["echo 'cargo 1.63.0'", /it needs Rust 1\.95 or newer, and .* is 1\.63\.0/],
      "cargo fails" => ['[ "$1" = --version ] && echo "cargo 1.95.0" && exit; exit 101', /libclang-dev/] }
      .each do |what, (script, message)|
      it "says what to do when #{what}" do
        cargo = script ? cargo(script) : path("no-cargo")

        expect { install("failed", CARGO: cargo) }.to raise_error(message)
      end
    end
  end
end

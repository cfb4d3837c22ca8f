# frozen_string_literal: true

require "digest"
require "fileutils"
require "rbconfig"
require "rubygems"
require_relative "../../spec/support/wait"
require_relative "logged_command"

# The gem as its users get it: built from the checkout, and installed, which compiles its native part.
#
# It goes into a GEM_HOME of its own, and only when something it is made of has changed since the last time.
class Package
  ROOT = File.expand_path("../..", __dir__)
  GEMSPEC = File.join(ROOT, "gitlab-mail_room-rs.gemspec")

  GEM = [RbConfig.ruby, "-S", "gem"].freeze

  # The folder of cargo's work is the checkout's, so that only what changed is compiled.
  TARGET = ENV.fetch("CARGO_TARGET_DIR", File.join(ROOT, "target"))

  # @param folder [String] for the package and the installed gem
  # @param console [Console]
  def initialize(folder, console)
    @folder = folder
    @console = console
    @specification = Dir.chdir(ROOT) { Gem::Specification.load(GEMSPEC) }
  end

  def gem_home
    File.join(@folder, "gems")
  end

  def name
    @specification.full_name
  end

  # Environment for everything that is to find the installed gem.
  # @return [Hash{String => String}]
  def env
    { "GEM_HOME" => gem_home }
  end

  # @raise [LoggedCommand::Failed]
  def install
    return @console.line("#{name} is installed already, and nothing has changed since") if current?

    FileUtils.mkdir_p(@folder)
    FileUtils.rm_rf([stamp, gem_home])
    build
    compile_and_install
    File.write(stamp, digest)
  end

  private

  def current?
    File.exist?(stamp) && File.read(stamp) == digest
  end

  def stamp
    File.join(@folder, "installed")
  end

  # Of all that goes into the package, and of the Ruby it is compiled for.
  def digest
    @digest ||= [GEMSPEC, *@specification.files.sort].each_with_object(Digest::SHA256.new) do |file, digest|
      digest << file << "\0" << File.binread(File.expand_path(file, ROOT)) << "\0"
    end.update(RbConfig.ruby + RUBY_DESCRIPTION).hexdigest
  end

  def package
    File.join(@folder, "#{name}.gem")
  end

  def build
    gem("build", GEMSPEC, "--output", package)
    @console.line("gem build: #{File.basename(package)}, #{File.size(package) / 1024} kB of sources")
  end

  # --local asks no server; --norc keeps personal settings out.
  def compile_and_install
    began = Wait.now
    before = compiled_crates
    gem("install", "--local", "--norc", "--no-document", package) do
      @console.progress("gem install: compiling, #{compiled_crates - before} crates in #{(Wait.now - began).round} s")
    end
    @console.line("gem install: compiled and installed in #{(Wait.now - began).round} s")
  end

  # RubyGems keeps what cargo says to itself until the end, so this counts what cargo has left.
  def compiled_crates
    Dir[File.join(TARGET, "release/deps/*.d")].size
  end

  def gem(command, *arguments, &)
    log = File.join(@folder, "#{command}.log")
    environment = env.merge("CARGO_TARGET_DIR" => TARGET, "RB_SYS_CARGO_TARGET_DIR" => TARGET)
    LoggedCommand.new("gem #{command}", *GEM, command, *arguments, log: log, env: environment, chdir: ROOT).run(&)
  end
end

# frozen_string_literal: true

require_relative "server"

module Servers
  # A real Sidekiq process that works off the jobs in a Redis.
  class Sidekiq < Server
    # Debian's sidekiq needs none of a Gemfile, and must not be bound by ours.
    UNBUNDLED = %w[BUNDLE_GEMFILE BUNDLE_BIN_PATH BUNDLER_VERSION RUBYOPT RUBYLIB].to_h { |name| [name, nil] }.freeze
    COMMAND = [RbConfig.ruby, "-S", "sidekiq"].freeze

    UP = "sidekiq is up"

    # Loaded first. Unbuffered, so that the log shows at once what happened; with a line of our own when it is up, which
    # Sidekiq tells on a terminal only; and without a warning on every BRPOP, which is what Debian's Sidekiq 6.4 and
    # redis-rb 4.8 give together.
    BOOT = <<~RUBY.freeze
      $stdout.sync = true
      Sidekiq.configure_server { |config| config.on(:startup) { puts "#{UP}" } }
      Redis.silence_deprecations = true if Redis.respond_to?(:silence_deprecations=)
      require %p
    RUBY

    # @param redis_url [String]
    # @param require [String] Ruby file that defines the workers
    # @param queues [Array<String>]
    # @param env [Hash] environment for the workers
    # @param command [Array<String>] for a Sidekiq out of a bundle; pass env: with its Gemfile then
    def initialize(redis_url:, require:, queues: ["default"], env: {}, command: COMMAND, chdir: Dir.pwd)
      super()
      @folder = Folder.new("sidekiq")
      boot = @folder.write("boot.rb", format(BOOT, File.expand_path(require, chdir)))
      options = queues.flat_map { |queue| ["-q", queue] } + ["-c", "2", "-r", boot]
      env = UNBUNDLED.merge("REDIS_URL" => redis_url).merge(env)
      @start = -> { Process.new(*command, *options, env: env, output: log_path, chdir: chdir).start }
    end

    # @return [self]
    def start
      @process = @start.call
      @process.wait_until(30, "sidekiq to be up") { log.include?(UP) }
      self
    end

    def log_path
      @folder.join("sidekiq.log")
    end

    # @return [String] what Sidekiq and the workers printed
    def log
      File.exist?(log_path) ? File.read(log_path, encoding: "UTF-8") : ""
    end
  end
end

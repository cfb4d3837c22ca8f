# frozen_string_literal: true

require "base64"
require "fileutils"
require "json"
require "open3"
require "rbconfig"
require "securerandom"
require "yaml"
require_relative "server"
require_relative "sidekiq"

module Servers
  # A Rails application that receives mail as GitLab does, with our gem in its Gemfile: a copy of spec/fixtures/rails in
  # a folder of its own, and the processes that an administrator starts there.
  #
  #   app = Servers::RailsApp.new(redis_url: redis.url, env: { "DATABASE_URL" => "postgresql://..." })
  #   app.configure("incoming_email" => { port: 1143 })
  #   app.start_sidekiq
  #   app.mail_room("-c", "config/mail_room.yml")
  #   app.received.last.mail_key
  class RailsApp
    CHECKOUT = File.expand_path("../../..", __dir__)
    SOURCES = File.join(CHECKOUT, "spec/fixtures/rails")
    RECEIVER = Dir[File.join(CHECKOUT, "spec/support/gitlab_receiver{.rb,}")].freeze

    # The commands of a gem that lies in a path are found only when Bundler has installed it, which compiles it.
    COMMANDS = [File.join(CHECKOUT, "exe"), ENV.fetch("PATH")].join(File::PATH_SEPARATOR)

    SECTIONS = %w[incoming_email service_desk_email].freeze
    INGRESS_PASSWORD = "ingress-secret"
    SIDEKIQ_QUEUES = %w[default action_mailbox_routing active_storage_analysis].flat_map { |name| ["-q", name] }.freeze

    # Seconds. To load Rails takes a few, on a machine that has nothing else to do.
    BOOT_LIMIT = 60

    # A message as the application noted it.
    Received = Struct.new(:raw, :worker, :mail_key, :header, :handler, :error, :subject, :failure, keyword_init: true)

    # Whose process has ended with which words.
    Result = Struct.new(:output, :errors, :status, keyword_init: true)

    attr_reader :port

    # @param redis_url [String]
    # @param env [Hash] further environment for all its processes
    def initialize(redis_url:, env: {})
      @folder = Folder.new("rails", mode: 0o755)
      @port = Ports.free
      @processes = []
      @env = environment.merge("REDIS_URL" => redis_url, **env)
      copy
    end

    # @return [String]
    def path(*names)
      @folder.join("app", *names)
    end

    # @return [String] an URL of it
    def url(path = "")
      "http://127.0.0.1:#{@port}#{path}"
    end

    # Writes config/gitlab.yml: that of the fixture, with changes.
    # @param changes [Hash{String => Hash}] by section
    def configure(changes)
      settings = YAML.safe_load_file(File.join(SOURCES, "config/gitlab.yml"), aliases: true).fetch("production")
      settings = settings.merge(changes) { |_, section, others| section.merge(others.transform_keys(&:to_s)) }
      write("config/gitlab.yml", YAML.dump("production" => settings))
    end

    # @param bytes [String] 32 of them
    # @return [String] the bytes
    def write_secret(section, bytes = SecureRandom.bytes(32))
      write(".gitlab_#{section}_secret", "#{Base64.strict_encode64(bytes)}\n")
      bytes
    end

    def write(name, text)
      File.binwrite(path(name), text)
    end

    # @param command [Array<String>] a program of the bundle, that comes to an end
    # @return [Result]
    def run(*command, input: "", env: {})
      output, errors, status = Open3.capture3(@env.merge(env), *exec(*command), stdin_data: input, chdir: path)
      Result.new(output: output, errors: errors, status: status.exitstatus)
    end

    # @return [Process] started, with its log in log/mail_room.log, where GitLab's scripts have it
    def mail_room(*arguments, env: {})
      launch("mail_room", "mail_room", *arguments, env: env)
    end

    # In cluster mode: a master that loads everything, and children that it is forked into.
    # @return [Process]
    def start_puma(workers: 1)
      puma = launch("puma", "puma", "--bind", "tcp://127.0.0.1:#{@port}", "--workers", workers, "--preload",
                    "--threads", "1:3", "config.ru")
      puma.wait_for_port(@port, limit: BOOT_LIMIT)
      puma
    end

    # @return [Process]
    def start_sidekiq
      launch("sidekiq", "sidekiq", "--require", ".", "--concurrency", "2", "--timeout", "1", *SIDEKIQ_QUEUES)
    end

    # @return [Array<Received>]
    def received
      Dir[path("tmp/received/*.json")].map do |file|
        Received.new(raw: File.binread(file.sub(/json\z/, "eml")), **JSON.parse(File.read(file), symbolize_names: true))
      end
    end

    # @return [Array<Received>] when there are so many
    def wait_for_received(count, limit: BOOT_LIMIT)
      Wait.until(limit, what: "#{count} messages at the application", detail: method(:tail)) do
        received.size >= count && received
      end
    end

    def forget
      FileUtils.rm_rf(path("tmp/received"))
    end

    # @return [String] the ends of all logs, for failure messages
    def tail(lines = 20)
      Dir[path("log/*")].map { |file| "--- #{file}\n#{File.readlines(file).last(lines).join}" }.join
    end

    # Ends one of its processes, as its supervisor does.
    # @return [::Process::Status, nil]
    def stop(process)
      @processes.delete(process)
      process.stop
    end

    def remove
      @processes.each(&:stop)
      @folder.remove
    end

    private

    # Ours with nothing of the bundle that specs run in.
    def environment
      Sidekiq::UNBUNDLED.merge(
        "BUNDLE_GEMFILE" => path("Gemfile"), "MAIL_ROOM_CHECKOUT" => CHECKOUT, "PATH" => COMMANDS,
        "RAILS_ENV" => "production", "RACK_ENV" => nil, "RAILS_INBOUND_EMAIL_PASSWORD" => INGRESS_PASSWORD
      )
    end

    def copy
      FileUtils.cp_r(SOURCES, path)
      FileUtils.cp_r(RECEIVER, path("lib"))
      %w[log tmp shared].each { |name| FileUtils.mkdir_p(path(name)) }
      SECTIONS.each { |section| write_secret(section) }
    end

    def launch(name, *command, env: {})
      process = Process.new(*exec(*command), output: path("log/#{name}.log"), env: @env.merge(env), chdir: path)
      @processes << process
      process.start
    end

    def exec(*command)
      [RbConfig.ruby, "-S", "bundle", "exec", *command.map(&:to_s)]
    end
  end
end

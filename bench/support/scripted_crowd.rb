# frozen_string_literal: true

require "json"
require "open3"
require_relative "daemon"
require_relative "examples"

module Bench
  # Many mailboxes on the scripted server of the core's example `many_mailboxes`, which starts the daemon itself.
  class ScriptedCrowd
    PROGRAM = Examples.path("many_mailboxes")

    # @param place [Place]
    def initialize(place)
      @place = place
    end

    # The reference gem reads symbols, which JSON has not.
    IN_SYMBOLS = [RbConfig.ruby, "-rjson", "-ryaml", "-e", <<~RUBY, "--"].freeze
      path = ARGV.pop
      File.write(path, YAML.dump(JSON.parse(File.read(path), symbolize_names: true)))
      exec(*ARGV, path)
    RUBY

    # @param way [String] of Daemon::COMMANDS
    # @param count [Integer] of mailboxes
    # @param seconds [Integer] for which an idle process is looked at
    # @return [Hash] seconds until all idle, bytes for each, threads, share of a core while idle, seconds of a burst of
    #   one mail each until all are marked, and of the end
    def call(way, count, tls:, seconds:)
      @place.redis.clear
      launch = Daemon::COMMANDS.fetch(way)
      options = { mailboxes: count, idle: seconds, burst: 1, redis: @place.redis.url, **(tls ? certificates : {}) }
      words = options.flat_map { |name, value| ["--#{name.to_s.tr('_', '-')}", value.to_s] }
      command = [*(IN_SYMBOLS if way == "reference"), *launch[:command]]
      output, status = Open3.capture2(launch.fetch(:env, {}), PROGRAM, *words, "--", *command,
                                      chdir: MailRoomProcess::ROOT)
      raise "#{way} with #{count} mailboxes: see above" unless status.success?

      figures(JSON.parse(output.lines.last))
    end

    private

    def certificates
      @place.certificates.good.then do |pair|
        { certificate: pair.certificate, key: pair.key, ca_file: @place.certificates.ca_file }
      end
    end

    def figures(told)
      { after: told.dig("idle", "after"), bytes_each: told.dig("idle", "per_mailbox"), threads: told["threads"],
        core: told.dig("idle", "cpu"), burst: told.dig("burst", "after"), end: told.dig("end", "after") }
    end
  end
end

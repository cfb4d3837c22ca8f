# frozen_string_literal: true

require_relative "../../spec/support/mail_room_process"
require_relative "../../spec/support/reference"
require_relative "../../spec/support/wait"

module Bench
  # Ours or the reference gem, as an operator starts it, watching one mailbox.
  #
  # A drain is timed from the log line with which a pass begins, after the server has told of the mails and before the
  # daemon asks which there are, until the last file has gone from the Maildir: a message goes only after its job is
  # there. So neither Ruby's start nor Dovecot's half a second before it tells of anything is part of it.
  class Daemon
    COMMANDS = {
      "ours" => { command: MailRoomProcess::COMMAND },
      "reference" => { command: Reference::COMMAND, env: Reference::ENVIRONMENT }
    }.freeze

    # The first line of a pass, the same for both: before the SEARCH.
    START = '"action":"Processing started"'
    # Seconds between two looks; the resolution of what is measured. Looks take time from whoever is measured.
    INTERVAL = 0.005
    LIMIT = 900

    # @param kind [String] of COMMANDS
    # @param mailbox [Place::Mailbox]
    # @param settings [Hash] of the delivery and the like
    def initialize(kind, mailbox, settings)
      @mailbox = mailbox
      launch = COMMANDS.fetch(kind)
      environment = launch.fetch(:env, {}).merge("SSL_CERT_FILE" => mailbox.ca_file)
      config = { mailboxes: [mailbox.access.merge(settings)] }
      @process = MailRoomProcess.new(config, command: launch[:command], env: environment).start
      @process.wait_for_action("Idling", limit: 30)
    end

    def pid = @process.pid

    # @yield puts mails into the mailbox
    # @return [Hash] seconds, and the peak of memory above what it had before
    def drain
      before = forget_peak
      log = File.size(@process.log_path)
      yield
      start = wait { pass_begun?(log) && now }
      finish = wait { @mailbox.empty? && now }
      { seconds: finish - start, memory: @process.peak_rss_kib - before }
    end

    def remove
      @process.remove
    end

    private

    # What it needed to start is no concern.
    # @return [Integer] KiB in use
    def forget_peak
      sleep 0.5
      File.write("/proc/#{pid}/clear_refs", "5")
      @process.rss_kib
    end

    def pass_begun?(offset)
      File.binread(@process.log_path, nil, offset)&.include?(START)
    end

    def wait(&)
      Wait.until(LIMIT, what: "the mailbox to be emptied", detail: @process.method(:tail), interval: INTERVAL) do
        raise "ended: #{@process.tail}" unless @process.alive?

        yield
      end
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

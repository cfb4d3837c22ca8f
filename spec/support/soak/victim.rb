# frozen_string_literal: true

require "fileutils"
require_relative "../mail_room_process"

module Soak
  # A mail_room process that is killed at a random moment, and started again.
  class Victim
    # Seconds it lives at most, its start included.
    LIFE = (0.0..6.0)

    # Half of them die in the middle of work: after so many more deliveries of their mailbox.
    DELIVERIES = (1..100)

    # What it logs is looked at after something went wrong only: the end is enough.
    LOG_BYTES = 20 << 20

    # Seconds to end in when it is asked to.
    PATIENCE = 30

    attr_reader :kills, :name

    # @param name [String]
    # @param settings [Hash] of its mailbox
    # @param sink [#count]
    # @param random [Random]
    # @param command [Array<String>] another program that takes "-c FILE"
    def initialize(name, settings, sink, random, command: MailRoomProcess::COMMAND)
      @name = name
      @process = MailRoomProcess.new({ mailboxes: [settings] }, command: command)
      @sink = sink
      @random = random
      @kills = 0
    end

    def start
      log = @process.log_path
      FileUtils.mv(log, "#{log}.old") if File.exist?(log) && File.size(log) > LOG_BYTES
      @process.start
      @dies_at = Wait.now + @random.rand(LIFE)
      # Both are drawn each time, so that later draws do not depend on it.
      deliveries = @random.rand(DELIVERIES)
      aimed = @random.rand < 0.5
      @dies_after = aimed ? @sink.count + deliveries : nil
      @dies_at += LIFE.end if aimed
    end

    # @return [Boolean] whether its hour has come
    def due?(now)
      return false if @frozen

      now >= @dies_at || (@dies_after && @sink.count >= @dies_after)
    end

    # @return [Integer] stays what it was until the next start
    def pid
      @process.pid
    end

    def kill
      @kills += 1
      @process.kill9
    end

    # From now on it does nothing, and is not killed.
    def freeze_process
      @frozen = true
      @process.signal("STOP")
    end

    # It is left some time to do harm before it is killed.
    def thaw
      @process.signal("CONT")
      @frozen = false
      @dies_at = [@dies_at, Wait.now + LIFE.end].max
      @dies_after = nil
    end

    # @return [String, nil] how it ended without being killed
    def end_of_its_own
      "#{name} ended by itself: #{@process.status(0)}\n#{@process.tail}" unless @process.alive?
    end

    # Asks it to end.
    # @param patience [Numeric] seconds it may take
    # @return [String, nil] what was wrong with how it ended
    def stop(patience = PATIENCE)
      @process.term
      status = @process.status(patience)
      "#{name} ended badly: #{status}\n#{@process.tail}" unless status.success?
    rescue Wait::TimedOut
      "#{name} still ran #{patience} s after SIGTERM\n#{@process.tail}"
    end

    # @return [Array<String>] files with what it had to say
    def logs
      [@process.log_path, "#{@process.log_path}.old", File.join(File.dirname(@process.log_path), "stderr")]
        .select { |file| File.exist?(file) }
    end

    def remove
      @process.remove
    end
  end
end

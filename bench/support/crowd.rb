# frozen_string_literal: true

require_relative "../../spec/support/mail_room_process"
require_relative "../../spec/support/mails"
require_relative "../../spec/support/wait"

module Bench
  # Many mailboxes on Dovecot, watched by ours.
  class Crowd
    # Seconds in which anything has to happen.
    LIMIT = 300
    # Seconds after which nothing is left of a start or of a burst.
    SETTLED = 2
    TICKS_IN_A_SECOND = 100.0

    # @param place [Place]
    def initialize(place)
      @place = place
    end

    # @param count [Integer] of mailboxes
    # @param seconds [Integer] for which an idle process is looked at
    # @return [Hash] as {ScriptedCrowd#call}
    def call(count, tls:, seconds:)
      @place.redis.clear
      mailboxes = Array.new(count) { @place.mailbox(tls: tls) }
      one, = watch(mailboxes.first(1), &:rss_kib)
      (rss, core, threads, burst), after, ending = watch(mailboxes) { |process| look(process, mailboxes, seconds) }
      { after: after, bytes_each: (rss - one) * 1024 / [count - 1, 1].max, threads: threads, core: core, burst: burst,
        end: ending }
    ensure
      mailboxes&.each { |mailbox| @place.discard(mailbox) }
    end

    private

    # @return [Array] what the block says when all idle, and the seconds until then and of the end
    def watch(mailboxes)
      start = now
      process = MailRoomProcess.new(config(mailboxes), env: { "SSL_CERT_FILE" => mailboxes.first.ca_file }).start
      process.wait_until(LIMIT, what: "all to idle") { idling(process) >= mailboxes.size }
      after = now - start
      sleep SETTLED
      result = yield process
      [result, after, ending(process)]
    ensure
      process&.remove
    end

    def ending(process)
      start = now
      process.term
      process.wait_for_end(LIMIT)
      now - start
    end

    def look(process, mailboxes, seconds)
      rss = process.rss_kib
      ticks = process.cpu_ticks
      sleep seconds
      core = (process.cpu_ticks - ticks) / TICKS_IN_A_SECOND / seconds
      burst = burst(process, mailboxes)
      [rss, core, File.read("/proc/#{process.pid}/status")[/^Threads:\s+(\d+)/, 1].to_i, burst]
    end

    def burst(process, mailboxes)
      start = now
      mailboxes.each_with_index { |mailbox, number| @place.dovecot.fill(mailbox.user, [Mails.small(number)]) }
      process.wait_until(LIMIT, what: "the burst") { @place.redis.job_count >= mailboxes.size }
      now - start
    end

    def idling(process)
      process.log.select { |line| line["action"] == "Idling" }.uniq { |line| line.dig("context", "email") }.size
    end

    def config(mailboxes)
      { mailboxes: mailboxes.map { |mailbox| mailbox.access.merge(Deliveries.new(@place.redis).settings("sidekiq")) } }
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

# frozen_string_literal: true

require_relative "mail_room_helpers"
require_relative "servers/front"

# For examples in which a receiver falls ill, and gets well again.
module OutageHelpers
  # Seconds for a receiver that is well again to be noticed: backoff doubles from one second.
  RECOVERY = 90

  # A mailbox with another receiver, in the same process.
  # @return [Servers::Inbox]
  def neighbour
    @neighbour ||= new_inbox
  end

  # @return [Servers::Redis] the receiver of the neighbour, which is always well
  def well
    @well ||= own(Servers::Redis.new)
  end

  # @param server [Integer, nil] port of a real one
  # @return [Servers::Front]
  def front(server = nil)
    own(Servers::Front.new(server))
  end

  # Starts mail_room with an ill mailbox beside a well one, and sees what has to be seen of any outage: the log names
  # the receiver and the reason, nothing is marked, the neighbour is served meanwhile and the process lives.
  # @param mailbox [Hash] settings
  # @param reason [Regexp] in the log
  # @param count [Integer] messages for the ill mailbox, numbered from 1
  # @return [Hash] the line of the log
  def expect_outage(mailbox, reason, count: 2)
    dovecot.fill(inbox.user, (1..count).map { |number| Mails.small(number) })
    mail_room(mailbox, settings(neighbour, delivery: { redis_url: well.url }))
    wait_for_outage(reason).tap { expect_contained(count) }
  end

  # @return [Hash] the line of the log that tells of it
  def wait_for_outage(reason, limit: 30)
    line = processes.last.wait_for_log(limit, what: "a line about #{reason.inspect}") do |log|
      log["action"] == "Delivery paused" && log["error"].match?(reason)
    end
    expect(line).to include("severity" => "WARN", "retry_in_s" => a_kind_of(Numeric))
    expect(line["context"]).to include("email" => inbox.user)
    line
  end

  # @param count [Integer] messages of the ill mailbox that must be unread
  def expect_contained(count)
    number = 9_000 + neighbour.count + 1
    neighbour.append(Mails.small(number))
    processes.last.wait_until(what: "the job of the neighbour") { delivered_numbers(well).include?(number) }
    expect(inbox.unseen).to eq(count)
    expect(processes.last).to be_alive
  end

  # Everything is delivered in the end, and no secret was told.
  # @param secrets [Array<String>]
  def expect_recovery(*secrets, limit: RECOVERY)
    processes.last.wait_until(limit, what: "all marks") { inbox.unseen.zero? }
    expect_soon { expect(inbox.flags.values).to all(eq([:Seen])) }
    expect_discretion(inbox.password, neighbour.password, *secrets)
  end

  def expect_discretion(*secrets)
    text = processes.last.everything
    secrets.each { |secret| expect(text).not_to include(secret) }
    expect(text).not_to match(/panic/)
  end
end

RSpec.configure do |config|
  config.include OutageHelpers, :outage
end

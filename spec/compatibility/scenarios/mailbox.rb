# frozen_string_literal: true

require "support/reference/scenario"

# Which messages are taken, and what is left of them on the server.
module Scenarios
  three = (1..3).map { |number| Mails.small(number) }

  # @param settings [Hash] of the mailbox
  def self.with(**settings)
    ->(mailbox) { mailbox.merge(settings) }
  end

  # All that GitLab's config/mail_room.yml renders, with its defaults.
  gitlab = lambda do |mailbox|
    redis_url = redis.url
    mailbox.merge(
      name: "inbox", delete_after_delivery: true, expunge_deleted: false, inbox_method: "imap", idle_timeout: 60,
      delivery_method: "sidekiq",
      delivery_options: { redis_url: redis_url, redis_db: 0, queue: "default", worker: "EmailReceiverWorker" },
      arbitration_method: "redis",
      arbitration_options: { redis_url: redis_url.dup, namespace: "mail_room:gitlab" }
    )
  end

  limited = {
    theirs: { status: 0, left: { 1 => [:Seen], 2 => [:Seen], 3 => [] } },
    ours: { status: 0, left: { 1 => [:Seen], 2 => [:Seen], 3 => [:Seen] } },
    readme: "`limit_max_unread`"
  }

  MAILBOX = {
    "flags" => with,
    "delete_after_delivery" => with(delete_after_delivery: true),
    "delete_after_delivery and expunge_deleted" => with(delete_after_delivery: true, expunge_deleted: true),
    "expunge_deleted alone" => with(expunge_deleted: true),
    "search_command" => with(search_command: "UNSEEN SUBJECT 00002"),
    "a name in lower case" => with(name: "inbox"),
    "GitLab's settings" => gitlab
  }.flat_map do |title, settings|
    %i[flags jobs].map do |sees|
      Scenario.new("the mailbox: #{title}, its #{sees}", sees: sees, settings: settings, mails: three, signal: :term)
    end
  end.push(
    Scenario.new("the mailbox: limit_max_unread", sees: :flags, settings: with(limit_max_unread: 2), mails: three,
                                                  signal: :term, difference: limited)
  ).freeze
end

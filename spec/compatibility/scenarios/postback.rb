# frozen_string_literal: true

require "support/charset_mails"
require "support/reference/scenario"

# The request that a web application gets. What 0.0.9 cannot do, tokens, is in jwt_spec.rb.
module Scenarios
  # @param path [String] of the URL
  # @param options [Hash] of the delivery, besides the URL
  def self.postback(path: "/hook", **options)
    lambda do |mailbox|
      mailbox.merge(delivery_method: "postback", delivery_options: { delivery_url: web.url(path), **options })
    end
  end

  # The keys as they were before there was delivery_options.
  top_level = lambda do |mailbox|
    mailbox.merge(delivery_method: "postback", delivery_url: web.url, delivery_token: "abc", delivery_options: {})
  end
  not_utf8 = [CharsetMails.mail("Shift_JIS"), CharsetMails.mail("ISO-8859-1")]
  both = { token: "a-secret-token", username: "mailer", password: "password" }

  POSTBACK = {
    "a request" => postback,
    "without delivery_method" => ->(mailbox) { instance_exec(mailbox, &Scenarios.postback).except(:delivery_method) },
    "a URL with a query" => postback(path: "/api/v4/mail?a=b&d=e"),
    "a URL with two slashes" => postback(path: "//api//v4/mail"),
    "the content type of the settings" => postback(content_type: "text/plain"),
    "a token" => postback(delivery_token: "a-secret-token"),
    "user name and password" => postback(username: "mailer", password: "pass:word ä"),
    "a token, user name and password" => postback(**both),
    "user name without password" => postback(username: "mailer"),
    "keys beside delivery_options" => top_level
  }.map { |title, settings| Scenario.new("webhook: #{title}", sees: :requests, settings: settings) }.push(
    Scenario.new("webhook: bytes that are no UTF-8", sees: :requests, settings: postback, mails: not_utf8),
    Scenario.new("webhook: the log", sees: :log, additions: true, signal: :term, settings: postback)
  ).freeze
end

# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Explain
    # What is told of a message to people. No secret of its author is in it, and nothing a terminal would take
    # for a command.
    class Report
      autoload :Verdict, "mail_room/explain/report/verdict"

      # Values of one header that are shown.
      VALUES = 5

      # Characters of a sentence of ours, which quotes what was found.
      SENTENCE = 400

      # @param file [String] its name
      # @param incoming_email [IncomingEmail] the addresses it was explained for
      # @param told [Hash] see {IncomingEmail#explain}
      def initialize(file, incoming_email, told)
        @file = file
        @incoming_email = incoming_email
        @told = told
        @route = told[:route]
        @verdict = Verdict.new(told)
      end

      # @return [String] some lines
      def to_s
        rows = [*about_mailbox, *headers, *about_key, *remarks]
        width = rows.map { |name, _| name.size }.max
        ["#{Shown.text(@file)}\n", "  #{shown(@verdict.to_s, SENTENCE)}\n",
         *rows.map { |name, text| "  #{name.ljust(width)}  #{text}\n" }].join
      end

      private

      def shown(text, limit = 120)
        Shown.text(text, limit: limit) { |whole| IncomingEmail::Token.mask(whole, @route[:token]) }
      end

      def about_mailbox
        addresses = [@incoming_email.address, @incoming_email.service_desk_address]
        addresses.reverse! if @route[:mailbox] == "service_desk_email"
        [["mailbox", "#{@route[:mailbox]}#{", #{shown(addresses.first)}" if addresses.first}"],
         ["auto-generated", auto_generated]]
      end

      def auto_generated
        by = @told[:auto_generated_by]
        by ? "yes, #{by[:header]}: #{shown(by[:value])}" : "no"
      end

      def headers
        @told[:looked_at].flat_map do |looked_at|
          values = values(looked_at[:values])
          values = ["-"] if values.empty?
          values.map.with_index { |text, index| [index.zero? ? looked_at[:header] : "", text] }
        end
      end

      # The last one may be the one that counts.
      def values(all)
        left = all.size - VALUES
        texts = (left.positive? ? all.first(VALUES - 1) + all.last(1) : all).map do |value|
          "#{shown(value[:value])}#{' (matches)' if value[:key]}"
        end
        left.positive? ? texts.insert(-2, "and #{left} more") : texts
      end

      def about_key
        { "key" => @route[:mail_key], "project" => Verdict.project(@route), "issue" => @route[:issue_iid],
          "token" => @route[:token] }.compact.map { |name, value| [name, shown(value.to_s)] }
      end

      def remarks
        [["why", @told[:difference]], *@told[:hints].map { |hint| ["hint", hint] }, ["note", @verdict.note]]
          .select(&:last).map { |name, text| [name, shown(text, SENTENCE)] }
      end
    end
  end
end

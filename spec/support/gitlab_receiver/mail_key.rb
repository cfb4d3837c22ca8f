# frozen_string_literal: true

class GitlabReceiver
  # A mail key, and which of GitLab's handlers takes it.
  class MailKey
    FULL = /(?:[a-f\d]{32}|[0-9a-z]{1,4}-[0-9a-z]{25}(?:-[0-9a-z]{1,13})?)/
    ACTION = /(?<project_slug>.+)-(?<project_id>\d+)/
    TOKEN = /(?<token>.+)/
    PATH = /(?<project_path>[^+]*)/

    # In GitLab's order. Where there are two patterns, the second is of the old form.
    HANDLERS = {
      create_note: [/\A#{FULL}\z/],
      create_issue: [/\A#{ACTION}-#{TOKEN}-issue\z/, /\A#{PATH}\+(?<token>.*)\z/],
      create_note_on_issuable: [/\A#{ACTION}-#{TOKEN}-issue-(?<issue_iid>\d+)\z/],
      unsubscribe: [/\A#{FULL}-unsubscribe\z/, /\A#{FULL}\+unsubscribe\z/],
      create_merge_request: [/\A#{ACTION}-#{TOKEN}-merge-request\z/, /\A#{PATH}\+merge-request\+(?<token>.*)/],
      service_desk: [/\A#{ACTION}-issue-\z/, /\A#{PATH}\z/]
    }.freeze

    # The key a project has chosen for its Service Desk, behind the slug of its path.
    OPAQUE = /\A(?<project_slug>.+)-[a-z0-9_]+\z/

    WITHOUT_SLASH = %i[create_issue create_merge_request service_desk].freeze

    # @param text [String, nil]
    def initialize(text)
      @text = text
    end

    # @param mailbox [String] the Service Desk's own worker asks no handler but that of Service Desk
    # @return [Array(Symbol, Hash), nil] who takes it, and what the key says
    def handler(mailbox)
      return unless @text
      return [:service_desk, read(:service_desk) || opaque] if mailbox == "service_desk_email"

      HANDLERS.each_key do |name|
        told = read(name)
        return [name, told] if told
      end
      nil
    end

    private

    def read(name)
      current, legacy = HANDLERS.fetch(name)
      match = current_match(name, current) || legacy_match(name, legacy)
      match&.named_captures&.transform_keys(&:to_sym)
    end

    def opaque
      { project_slug: @text[OPAQUE, :project_slug] }
    end

    def current_match(name, pattern)
      @text.match(pattern) unless WITHOUT_SLASH.include?(name) && @text.include?("/")
    end

    def legacy_match(name, pattern)
      match = pattern && @text.match(pattern)
      match if match && legacy?(name, match)
    end

    def legacy?(name, match)
      case name
      when :create_issue then !match[:token].include?("+") && !@text.include?("+unsubscribe")
      when :service_desk then @text.include?("/")
      else true
      end
    end
  end
end

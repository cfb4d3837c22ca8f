# frozen_string_literal: true

require "json"
require "support/gitlab_receiver"
require "support/mail_mutations"

# What we say of a mail, and what GitLab's receiver on the parser GitLab uses makes of it.
RSpec.describe "GitLab's receiver and MailRoom::IncomingEmail" do
  folder = File.join(Mails::FOLDER, "incoming_email")
  expectations = JSON.parse(File.read(File.join(folder, "expectations.json")), symbolize_names: true)
  mails = Dir[File.join(folder, "*.eml")].to_h { |file| [File.basename(file), File.binread(file)] }
  mails.merge!(Mails.fixtures)
  forms = %w[incoming+%{key}@gitlab.example.com incoming-%{key}@exchange.example.com incoming@exchange.example.com]

  fields = GitlabReceiver::Outcome.members
  defaults = { mailbox: "incoming_email", auto_generated: false }

  def routed(raw, **addresses)
    MailRoom::IncomingEmail.new(**addresses).route(raw).to_h.transform_values do |value|
      value.is_a?(Symbol) ? value.to_s : value
    end
  end

  def received(raw, **addresses)
    GitlabReceiver.new(**addresses).receive(raw).to_h
  end

  # @return [Hash{Symbol => Array}, nil] what we say and what GitLab does, where that is none of the known differences
  def disagreement(raw, **addresses)
    ours = routed(raw, **addresses)
    theirs = received(raw, **addresses)
    differing = theirs.keys.reject { |name| ours[name] == theirs[name] }
    told = ours[:differs_from_gitlab]
    # GitLab asks no further than that, and we tell a key all the same.
    differing -= %i[mail_key header value] if theirs[:auto_generated] && !taken?(theirs)
    return if told ? differing.any? && comes_to_nothing?(theirs) : differing.empty?

    { differs_from_gitlab: told, **differing.to_h { |name| [name, [ours[name], theirs[name]]] } }
  end

  def comes_to_nothing?(theirs)
    theirs[:error] == GitlabReceiver::QUIRK || (!theirs[:auto_generated] && !taken?(theirs))
  end

  # Two addresses in one field are one key to GitLab, and sometimes one of the old form: of no project there is.
  def taken?(theirs)
    key = theirs[:mail_key]
    GitlabReceiver::MailKey.new(key).handler(theirs[:mailbox]) && !key.match?(/[, \t]/)
  end

  expectations.group_by { |expected| expected[:file] }.each do |file, cases|
    it "agree with what is expected of #{file}" do
      cases.each do |expected|
        addresses = expected.slice(:address, :host, :service_desk_address)
        addresses[:address] ||= nil
        wanted = fields.to_h { |name| [name, expected.fetch(name, defaults[name])] }
        theirs = received(mails.fetch(file), **addresses)
        told = expected.fetch(:differs_from_gitlab, false)

        told ? expect(theirs).to(satisfy { comes_to_nothing?(theirs) }) : expect(theirs).to(eq(wanted))
        expect(routed(mails.fetch(file), **addresses)).to eq(wanted.merge(differs_from_gitlab: told))
      end
    end
  end

  mails.each do |name, raw|
    it "agree about #{name}, whatever the form of the address" do
      found = forms.to_h { |form| [form, disagreement(raw, address: form, host: "gitlab.example.com")] }.compact
      expect(found).to eq({})
    end
  end

  describe "mails whose headers are a little wrong" do
    texts = mails.values.map { |raw| raw.dup.force_encoding(Encoding::UTF_8) }
    texts.select! { |raw| raw.valid_encoding? && raw.include?(":") }

    # One seed takes seconds.
    (1..Integer(ENV.fetch("GITLAB_RECEIVER_SEEDS", "2"))).each do |seed|
      it "are the same to both (#{seed})" do
        mutations = MailMutations.new(texts, seed: seed)
        found = Array.new(400) { mutations.next }.product(forms).filter_map do |raw, form|
          difference = disagreement(raw, address: form, host: "gitlab.example.com")
          "to #{form}: #{difference}\n#{raw.split(/\r?\n\r?\n/).first}" if difference
        end
        expect(found.size).to eq(0), -> { "#{found.size} disagreements:\n\n#{found.first(3).join("\n\n")}" }
      end
    end
  end

  describe "the folder of mails" do
    let(:files) { Dir.children(folder).grep(/\.eml\z/) }

    it "has no mail of which nothing is expected, and none that is not told of" do
      expect(expectations.map { |expected| expected[:file] }.uniq).to match_array(files)
      expect(File.read(File.join(folder, "README.md")).scan(/^\| `(.+?\.eml)`/).flatten).to match_array(files)
    end

    it "has mails of every handler, and of every kind of address" do
      handlers = %w[create_note create_issue create_note_on_issuable unsubscribe create_merge_request service_desk]
      expect(expectations.map { |expected| expected[:handler] }.uniq.compact).to match_array(handlers)
      expect(expectations.map { |expected| expected[:address] }).to include(*forms)
    end

    it "has small mails, with the line ends they were written with" do
      expect(files.map { |file| File.size(File.join(folder, file)) }.max).to be < 4_096
      bare = files.select { |file| File.binread(File.join(folder, file)).match?(/(?<!\r)\n/) }
      expect(bare).to contain_exactly("new_issue_bare_lf.eml", "new_issue_mixed_line_ends.eml")
    end
  end
end

# frozen_string_literal: true

RSpec.describe MailRoom::Check::Address::Login do
  def warnings(login, text, host: "imap.example.com")
    mailbox = build_mailbox(email: login, host: host)
    described_class.new(MailRoom::Check::Address.new(text, mailbox: mailbox, type: "incoming_email")).findings
  end

  # GitLab's documentation has all of these as examples.
  [%w[incoming incoming+%{key}@gitlab.example.com], %w[gitlab-incoming@gmail.com gitlab-incoming+%{key}@gmail.com],
   %w[incoming@ad-domain.example.com incoming-%{key}@exchange.example.com],
   %w[incoming@ad-domain.example.com incoming@exchange.example.com],
   %w[incoming@office365.example.com incoming+%{key}@office365.example.com]].each do |login, text|
    it "takes #{login} for #{text}" do
      expect(warnings(login, text)).to eq([])
    end
  end

  it "has nothing to say of a catch-all mailbox, of another domain, and of other letters" do
    expect([["boss@example.com", "incoming-%{key}@example.com"], ["boss@example.com", "%{key}@example.com"],
            ["other@hosting.example", "incoming+%{key}@example.com"],
            ["Incoming@Example.com", "incoming+%{key}@example.com"]].flat_map { |pair| warnings(*pair) }).to eq([])
  end

  it "warns of another mailbox of the same domain, or by a bare name" do
    %w[git@example.com git].each do |login|
      expect(warnings(login, "incoming+%{key}@example.com"))
        .to match([have_attributes(warning?: true, advice: /Mail to incoming@example.com has to come/)])
    end
    expect(warnings("git@example.com", "incoming@example.com")).to match([have_attributes(warning?: true)])
  end

  it "warns that Gmail takes no alias, and does not look at dots there" do
    expect(warnings("boss@gmail.com", "incoming+%{key}@gmail.com", host: "imap.gmail.com"))
      .to match([have_attributes(warning?: true, advice: /must be incoming@gmail.com itself/)])
    expect(warnings("gitlab.in@gmail.com", "gitlabin+%{key}@gmail.com", host: "imap.gmail.com")).to eq([])
  end
end

# frozen_string_literal: true

# Whoever copies an example of the page gets a mailbox, and whoever follows a link gets somewhere.
RSpec.describe "docs/gitlab.md", :gitlab_files do
  page = MarkdownPage.new("docs/gitlab.md")
  examples = page.blocks.select { |block| %w[ruby yaml].include?(block.language) }

  it "has examples of both forms" do
    expect(examples.map(&:language).tally.values).to contain_exactly(a_value > 5, a_value > 5)
  end

  examples.each do |block|
    it "has a mailbox in line #{block.line}" do
      form = block.language == "ruby" ? "gitlab.rb" : "gitlab.yml"
      # Every gitlab.rb has it already.
      text = form == "gitlab.rb" ? "external_url 'https://gitlab.example.com'\n#{block.text}" : block.text
      with_gitlab_file(form, text) do |path|
        expect(MailRoom::Configuration.new(config_path: path).mailboxes.map(&:email)).to match([/\Ain|\Agitlab-in/])
      end
    end
  end

  it "names no file of support/ that is not there" do
    named = page.text.scan(%r{\bsupport/[\w./-]*\w}).uniq
    # Installed from within that folder.
    named += page.text.scan(%r{install -m \d+ (?!support/)(\S+)}).map { |(path)| "support/#{path}" }
    expect(named).to include("support/docker/Dockerfile", "support/runit/run")
    expect(named.reject { |path| File.exist?(File.join(MarkdownPage::ROOT, path)) }).to be_empty
  end

  %w[docs/gitlab.md README.md].each do |path|
    it "and README.md have no link that leads nowhere: #{path}" do
      expect(MarkdownPage.new(path).dangling).to be_empty
    end
  end
end
